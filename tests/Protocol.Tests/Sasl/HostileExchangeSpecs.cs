using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Protocol.Sasl;
using Xunit;

namespace MtaCluster.Protocol.Tests.Sasl;

/// <summary>Whatever a client sends, an exchange gives a step, and never success without the right answer.</summary>
public sealed class HostileExchangeSpecs
{
    private static readonly string[] s_pieces =
        ["n,,", "y,,", "p=tls-exporter,,", "n=user", ",", "r=nonce", "=2C", "=", "\0", "\u0001", "auth=Bearer ", "user=a", "a=", "m=", "p=", "c=biws", "\u00E4", "\u00AD", "\u0627", "abc"];

    private static readonly Gen<byte[]> s_response = Gen.OneOf(
        ArbMap.Default.GeneratorFor<byte[]>(),
        Gen.Elements(s_pieces).ArrayOf().Select(pieces => Encoding.UTF8.GetBytes(string.Concat(pieces))));

    [Fact]
    public void Random_octets_never_throw_and_never_open()
        => Prop.ForAll(
            s_response.ArrayOf().ToArbitrary(),
            Gen.Elements(SaslMechanisms.All.AsEnumerable()).ToArbitrary(),
            (responses, mechanism) =>
            {
                var exchange = Steps.Exchange(mechanism);
                var step = exchange.StartWithout();
                foreach (var response in responses)
                {
                    step = exchange.Continue(response);
                    step = step is SaslStep.Ask ask ? exchange.Resume(Answer(ask.Question)) : step;
                    if (step is SaslStep.Success)
                    {
                        return false;
                    }
                }

                return true;
            }).Hold();

    [Fact]
    public void A_response_that_is_too_long_is_malformed()
    {
        foreach (var mechanism in SaslMechanisms.All)
        {
            Assert.Equal(SaslFault.Malformed, Steps.Fault(Steps.Exchange(mechanism).Start(new string('x', SaslMechanisms.MaximumResponse + 1))));
        }
    }

    private static SaslAnswer Answer(SaslQuestion question) => question is SaslQuestion.FindScramKeys find
        ? new SaslAnswer.Keys(ScramKeys.Invent("secret"u8, find.Name, 4096), find.Name)
        : new SaslAnswer.Rejected("no");
}
