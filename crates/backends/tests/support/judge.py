"""moto, an S3 server, which lets no request pass whose signature botocore would not have made.

moto itself believes every request. What is signed in the query, as ours are, is signed here once more from what has arrived;
what is signed elsewhere, as what a test does behind the program's back, is let through. Serves until its input ends.

A session token `until-SECONDS` holds until then (seconds since 1970), as those of STS do. A signature's time must be the
server's own to within a quarter of an hour. A bucket whose name begins with `heedless` heeds no condition of a put, and one
whose name begins with `locked` lets no version go.
"""

import calendar
import os
import sys
import threading
import time
from urllib.parse import parse_qs

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

SECRETS = {"tester": "hush"}
CLOCK_APART_MAX = 15 * 60
REFUSAL = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{}</Code><Message>{}</Message></Error>"


def fault(environ):
    """Returns why a request is to be refused; None when it is well."""
    query = environ["QUERY_STRING"]
    said = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
    if "X-Amz-Signature" not in said:
        return None
    if "/denied" in environ["REQUEST_URI"]:
        return "AccessDenied", "no right to this bucket"
    if environ.get("HTTP_X_AMZ_COPY_SOURCE", "").startswith("/no-copies"):
        return "AccessDenied", "no right to read the source of a copy"
    key, _, region, service, _ = said["X-Amz-Credential"].split("/")
    if key not in SECRETS:
        return "InvalidAccessKeyId", "nobody knows " + key
    signed_at = calendar.timegm(time.strptime(said["X-Amz-Date"], "%Y%m%dT%H%M%SZ"))
    if abs(time.time() - signed_at) > CLOCK_APART_MAX:
        return "RequestTimeTooSkewed", "the clocks are too far apart"
    token = said.get("X-Amz-Security-Token", "")
    if token.startswith("until-") and time.time() > float(token.removeprefix("until-")):
        return "ExpiredToken", "the token has expired"
    if environ["PATH_INFO"].startswith("/locked") and "versionId" in said and environ["REQUEST_METHOD"] == "DELETE":
        return "AccessDenied", "the version is locked"
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


def judged(application):
    def serve(environ, start_response):
        refused = fault(environ)
        if refused is None:
            if environ["PATH_INFO"].startswith("/heedless"):
                environ.pop("HTTP_IF_NONE_MATCH", None)
                environ.pop("HTTP_IF_MATCH", None)
            return application(environ, start_response)
        # What was sent is taken in, so that the answer is read.
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status = "400 Bad Request" if refused[0] == "ExpiredToken" else "403 Forbidden"
        start_response(status, [("Content-Type", "application/xml")])
        return [REFUSAL.format(*refused).encode()]

    return serve


server = make_server("127.0.0.1", 0, judged(DomainDispatcherApplication(create_backend_app)), threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_port}", flush=True)
sys.stdin.read()
os._exit(0)
