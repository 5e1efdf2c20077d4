"""moto, an S3 server, which lets no request pass whose signature botocore would not have made.

moto itself believes every request. What is signed in the query, as ours are, is signed here once more from what has arrived;
what is signed elsewhere, as what a test does behind the program's back, is let through. Serves until its input ends.
"""

import io
import json
import os
import sys
import threading
from urllib.parse import parse_qs

from botocore.auth import S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

SECRETS = {"tester": "hush"}
REFUSAL = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{}</Code><Message>{}</Message></Error>"


def fault(environ):
    """Returns why a request is to be refused; None when it is well."""
    query = environ["QUERY_STRING"]
    said = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
    if "X-Amz-Signature" not in said:
        return None
    key, _, region, service, _ = said["X-Amz-Credential"].split("/")
    if key not in SECRETS:
        return "InvalidAccessKeyId", "nobody knows " + key
    headers = {}
    for name in said["X-Amz-SignedHeaders"].split(";"):
        own = name.upper().replace("-", "_")
        headers[name] = environ.get(own if own in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + own, "")
    rest = "&".join(pair for pair in query.split("&") if not pair.startswith("X-Amz-Signature="))
    path = environ["REQUEST_URI"].split("?")[0]
    address = f"http://{environ['HTTP_HOST']}{path}?{rest}"
    request = AWSRequest(method=environ["REQUEST_METHOD"], url=address, headers=headers)
    request.context["timestamp"] = said["X-Amz-Date"]
    auth = S3SigV4QueryAuth(Credentials(key, SECRETS[key], said.get("X-Amz-Security-Token")), service, region)
    expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    if expected != said["X-Amz-Signature"]:
        return "SignatureDoesNotMatch", "another signature belongs to " + environ["REQUEST_METHOD"] + " " + path
    return None


def fault_of_header(environ):
    """The same of a request for a secret, which is signed in a header. Who writes "none" for a signature is let through."""
    said = environ.get("HTTP_AUTHORIZATION", "")
    if not said.startswith("AWS4-HMAC-SHA256 ") or said.endswith("Signature=none"):
        return None
    said = dict(part.strip().split("=", 1) for part in said.split(" ", 1)[1].split(","))
    key, _, region, service, _ = said["Credential"].split("/")
    if service not in ("secretsmanager", "ssm"):
        return None
    if key not in SECRETS:
        return "UnrecognizedClientException", "nobody knows " + key
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    headers = {}
    for name in said["SignedHeaders"].split(";"):
        own = name.upper().replace("-", "_")
        headers[name] = environ.get(own if own == "CONTENT_TYPE" else "HTTP_" + own, "")
    address = f"http://{environ['HTTP_HOST']}{environ['REQUEST_URI']}"
    request = AWSRequest(method=environ["REQUEST_METHOD"], url=address, headers=headers, data=body)
    request.context["timestamp"] = environ["HTTP_X_AMZ_DATE"]
    auth = SigV4Auth(Credentials(key, SECRETS[key]), service, region)
    if auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request) != said["Signature"]:
        return "InvalidSignatureException", "another signature belongs to it"
    return None


def judged(application):
    def serve(environ, start_response):
        refused = fault_of_header(environ)
        if refused is not None:
            start_response("400 Bad Request", [("Content-Type", "application/x-amz-json-1.1")])
            return [json.dumps({"__type": refused[0], "message": refused[1]}).encode()]
        refused = fault(environ)
        if refused is None:
            return application(environ, start_response)
        # What was sent is taken in, so that the answer is read.
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("403 Forbidden", [("Content-Type", "application/xml")])
        return [REFUSAL.format(*refused).encode()]

    return serve


ADDRESS = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
server = make_server(ADDRESS, 0, judged(DomainDispatcherApplication(create_backend_app)), threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://{ADDRESS}:{server.server_port}", flush=True)
sys.stdin.read()
os._exit(0)
