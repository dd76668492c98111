using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using Xunit;

namespace MtaCluster.Node.Tests;

/// <summary>The boundaries between the projects, as their compiled assemblies and project files show them.</summary>
public sealed class ArchitectureSpecs
{
    private static readonly string[] s_outsideOfProtocol =
        ["Akka", "Microsoft.AspNetCore", "Microsoft.Extensions", "DnsClient", "System.Net.Sockets", "System.Net.Security", "Google.Protobuf", "Microsoft.Data"];

    private static readonly string[] s_outsideOfActors =
        ["Microsoft.AspNetCore", "Microsoft.Extensions", "DnsClient", "System.Data", "Microsoft.Data", "Npgsql", "linq2db", "Akka.Persistence.Sql", "MimeKit", "MtaCluster.Node"];

    [Fact]
    public void Protocol_knows_no_actors_sockets_or_hosts()
        => Assert.DoesNotContain(References("MtaCluster.Protocol"), name => IsAnyOf(name, [.. s_outsideOfProtocol, "MtaCluster"]));

    [Fact]
    public void Actors_know_the_world_through_ports_alone()
        => Assert.DoesNotContain(References("MtaCluster.Actors"), name => IsAnyOf(name, s_outsideOfActors));

    [Fact]
    public void Mime_is_the_business_of_notifications_alone()
    {
        using var assembly = new PEReader(File.OpenRead(PathOf("MtaCluster.Protocol")));
        var metadata = assembly.GetMetadataReader();
        foreach (var handle in metadata.TypeDefinitions)
        {
            var type = metadata.GetTypeDefinition(handle);
            var space = metadata.GetString(Outermost(metadata, type).Namespace);
            if (space != "MtaCluster.Protocol.Dsn")
            {
                Assert.False(Mentions(assembly, metadata, type, "MimeKit"), $"{space}.{metadata.GetString(type.Name)} uses MimeKit");
            }
        }
    }

    [Theory]
    [InlineData("src/Protocol")]
    [InlineData("src/Actors", "src/Protocol")]
    [InlineData("src/Node", "src/Actors")]
    [InlineData("src/Pbm")]
    [InlineData("tests/Testing", "src/Actors")]
    [InlineData("tests/Protocol.Tests", "src/Protocol")]
    [InlineData("tests/Actors.Tests", "src/Actors", "tests/Testing")]
    [InlineData("tests/Node.Tests", "src/Node", "tests/Testing", "tests/Fuzz")]
    [InlineData("tests/Pbm.Tests", "src/Node", "src/Pbm", "tests/Testing")]
    public void Projects_reference_each_other_in_one_direction(string project, params string[] expected)
    {
        var file = Path.Combine(Root(), project, Path.GetFileName(project) + ".csproj");
        var references = XDocument.Load(file).Descendants("ProjectReference")
            .Select(reference => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, (string)reference.Attribute("Include")!)))
            .Select(path => Path.GetRelativePath(Root(), Path.GetDirectoryName(path)!).Replace('\\', '/'));

        Assert.Equal(expected.Order(StringComparer.Ordinal), references.Order(StringComparer.Ordinal));
    }

    private static bool IsAnyOf(string name, string[] families)
        => families.Any(family => name == family || name.StartsWith(family + ".", StringComparison.Ordinal));

    private static List<string> References(string assembly)
    {
        using var file = new PEReader(File.OpenRead(PathOf(assembly)));
        var metadata = file.GetMetadataReader();
        var names = metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name)).ToList();
        Assert.NotEmpty(names);
        return names;
    }

    private static TypeDefinition Outermost(MetadataReader metadata, TypeDefinition type)
        => type.GetDeclaringType() is { IsNil: false } outer ? Outermost(metadata, metadata.GetTypeDefinition(outer)) : type;

    // Whatever a method does with a type of another assembly, a token of that type or of its member stands in its instructions.
    private static bool Mentions(PEReader assembly, MetadataReader metadata, TypeDefinition type, string name)
    {
        var tokens = TokensOf(metadata, name);
        return type.GetMethods().Select(metadata.GetMethodDefinition).Any(method => method.RelativeVirtualAddress != 0
            && ContainsAny(assembly.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!, tokens));
    }

    private static HashSet<int> TokensOf(MetadataReader metadata, string assembly)
    {
        var types = metadata.TypeReferences.Where(handle => AssemblyOf(metadata, handle) == assembly).Select(handle => (EntityHandle)handle).ToHashSet();
        var members = metadata.MemberReferences.Where(handle => types.Contains(metadata.GetMemberReference(handle).Parent)).Select(handle => (EntityHandle)handle);
        return [.. types.Concat(members).Select(handle => System.Reflection.Metadata.Ecma335.MetadataTokens.GetToken(handle))];
    }

    private static string? AssemblyOf(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var scope = metadata.GetTypeReference(handle).ResolutionScope;
        return scope.Kind switch
        {
            HandleKind.AssemblyReference => metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)scope).Name),
            HandleKind.TypeReference => AssemblyOf(metadata, (TypeReferenceHandle)scope),
            _ => null,
        };
    }

    private static bool ContainsAny(byte[] instructions, HashSet<int> tokens)
    {
        for (var i = 0; i + 4 <= instructions.Length; i++)
        {
            if (tokens.Contains(BitConverter.ToInt32(instructions, i)))
            {
                return true;
            }
        }

        return false;
    }

    private static string PathOf(string assembly) => Path.Combine(AppContext.BaseDirectory, assembly + ".dll");

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "MtaCluster.sln")))
        {
            directory = directory.Parent ?? throw new DirectoryNotFoundException("the sources are not above the tests");
        }

        return directory.FullName;
    }
}
