"""A server of TLS in front of another server, whose certificate an authority of its own has signed.

Arguments: the address of the other server as HOST:PORT, the folder that the authority's certificate is written into as
authority.pem, and whose certificate is shown: that of a `server`, that of the `authority`, or one of a server that signed it
itself and is no authority (`alone`). Prints its address; the certificate is for the name `localhost` alone. Serves until its
input ends.
"""

import datetime
import os
import socket
import ssl
import sys
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

target, folder, shown = sys.argv[1:]
host, port = target.split(":")


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(subject, key, issuer, issuer_key, is_authority):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(hours=1))
    builder = builder.not_valid_after(now + datetime.timedelta(hours=1))
    builder = builder.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def write(file, *parts):
    path = os.path.join(folder, file)
    with open(path, "wb") as out:
        out.writelines(parts)
    return path


def pem(one):
    return one.public_bytes(serialization.Encoding.PEM)


def pem_of_key(key):
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


own, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
authority = certificate("an authority of its own", own, "an authority of its own", own, shown != "alone")
write("authority.pem", pem(authority))
if shown == "server":
    signed = certificate("a server", server, "an authority of its own", own, False)
    pair = write("pair", pem(signed), pem_of_key(server))
else:
    pair = write("pair", pem(authority), pem_of_key(own))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(pair)


def pump(source, sink):
    try:
        while chunk := source.recv(1 << 16):
            sink.sendall(chunk)
    except OSError:
        pass
    # Whoever still reads learns that nothing more comes; the other direction may go on.
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client):
    try:
        inside = context.wrap_socket(client, server_side=True)
        beyond = socket.create_connection((host, int(port)))
    except OSError:
        client.close()
        return
    back = threading.Thread(target=pump, args=(beyond, inside), daemon=True)
    back.start()
    pump(inside, beyond)
    back.join()
    inside.close()
    beyond.close()


def accept(listener):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


listener = socket.create_server(("127.0.0.1", 0), backlog=64)
threading.Thread(target=accept, args=(listener,), daemon=True).start()
print(f"https://localhost:{listener.getsockname()[1]}", flush=True)
sys.stdin.read()
os._exit(0)
