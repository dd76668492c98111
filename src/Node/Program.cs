Console.WriteLine("mtacluster");
