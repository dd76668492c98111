using System.Collections.Immutable;

namespace MtaCluster.Actors.Admin;

/// <summary>A message between the admin actors of two nodes.</summary>
public interface INodeQueryMessage;

/// <summary>
/// A question about a node as such: to its AdminActor. Answered with one or more <see cref="NodeAnswerPart"/>, or <see cref="NodeQueryRefused"/>.
/// Questions have names and their answers are JSON, so that nodes of two versions understand each other as far as they can.
/// </summary>
/// <param name="Name">Which question.</param>
/// <param name="Arguments">JSON, or empty.</param>
public sealed record NodeQuery(string Name, ImmutableArray<byte> Arguments) : INodeQueryMessage;

/// <summary>A part of an answer, small enough for a frame of the transport.</summary>
/// <param name="Part">From 0.</param>
/// <param name="Parts">How many there are; at least one.</param>
/// <param name="Octets">What follows the octets of the part before.</param>
public sealed record NodeAnswerPart(int Part, int Parts, ImmutableArray<byte> Octets) : INodeQueryMessage;

/// <summary>There is no answer: the node does not know the question, or could not find out.</summary>
public sealed record NodeQueryRefused(string Reason) : INodeQueryMessage;

/// <summary>Answers one kind of question about this node.</summary>
public interface INodeQuery
{
    /// <summary>The name of the question.</summary>
    string Name { get; }

    /// <summary>The answer, in JSON. What it throws is told to the one who asked.</summary>
    Task<ImmutableArray<byte>> AnswerAsync(ImmutableArray<byte> arguments);
}
