"""A certificate for the node, made by openssl for one run."""

import os
import shutil
import subprocess
import sys

NAME = "node.example.net"


def make(directory):
    """A self-signed one: the node's arguments for it, and the file of it, which its clients are to trust."""
    if shutil.which("openssl") is None:
        sys.exit("not installed: openssl")
    chain, key = os.path.join(directory, "chain.pem"), os.path.join(directory, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", key, "-out", chain],
                   check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return ["--Mta:Listeners:0:Tls=StartTls", f"--Mta:Tls:Certificates:0:CertificateFile={chain}",
            f"--Mta:Tls:Certificates:0:KeyFile={key}"], chain
