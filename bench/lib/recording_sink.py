"""
An SMTP sink that remembers who got mail, so that "all arrived, exactly once" is a statement about messages and not a count.

Run as a program: recording_sink.py PORT accept|stall. It reports "deliveries distinct" on its standard output ten times a
second while they change. With stall it accepts connections and never says a word.
"""

import asyncio
import sys


class Ledger:
    """Deliveries per forward-path."""

    def __init__(self):
        self.deliveries = 0
        self.seen = {}

    def record(self, recipients):
        self.deliveries += 1
        for recipient in recipients:
            self.seen[recipient] = self.seen.get(recipient, 0) + 1


class Session(asyncio.Protocol):
    """One connection: enough SMTP for a relay's client, pipelining included."""

    def __init__(self, ledger):
        self._ledger, self._buffer, self._content = ledger, bytearray(), False
        self._recipients, self._transport, self._searched = [], None, 0

    def connection_made(self, transport):
        self._transport = transport
        transport.write(b"220 sink.example.net ESMTP\r\n")

    def data_received(self, data):
        self._buffer += data
        while self._take_content() if self._content else self._take_command():
            pass

    def _take_content(self):
        end = self._buffer.find(b"\r\n.\r\n", max(0, self._searched - 4))
        if end < 0:
            self._searched = len(self._buffer)
            return False
        del self._buffer[:end + 5]
        self._content = False
        self._ledger.record(self._recipients)
        self._recipients = []
        self._transport.write(b"250 2.0.0 taken\r\n")
        return True

    def _take_command(self):
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self._buffer[:end])
        del self._buffer[:end + 2]
        verb = line[:4].upper()
        if verb == b"RCPT":
            self._recipients.append(line[line.find(b"<") + 1:line.find(b">")])
        elif verb in (b"MAIL", b"RSET"):
            self._recipients = []
        if verb == b"DATA":
            self._content, self._searched = True, 0
            self._buffer[:0] = b"\r\n"  # so that an empty message ends like any other
            self._transport.write(b"354 go on\r\n")
        elif verb == b"EHLO":
            self._transport.write(b"250-sink.example.net\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n")
        elif verb == b"QUIT":
            self._transport.write(b"221 2.0.0 bye\r\n")
            self._transport.close()
        else:
            self._transport.write(b"250 2.0.0 ok\r\n")
        return True


class Silence(asyncio.Protocol):
    """A host that takes connections and never answers."""


async def main(port, mode):
    ledger = Ledger()
    factory = (lambda: Session(ledger)) if mode == "accept" else Silence
    loop = asyncio.get_running_loop()
    await loop.create_server(factory, "127.0.0.1", port, backlog=1024)
    print("0 0", flush=True)
    reported = 0
    while True:
        await asyncio.sleep(0.1)
        if ledger.deliveries != reported:
            reported = ledger.deliveries
            print(reported, len(ledger.seen), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
