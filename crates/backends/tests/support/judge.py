"""moto, an S3 server, which lets no request pass whose signature botocore would not have made.

moto itself believes every request. What is signed in the query, as ours are, is signed here once more from what has arrived;
what is signed elsewhere, as what a test does behind the program's back, is let through. Serves until its input ends.

Whoever took a role on by web identity is known by the keys that moto gave out, and a machine of EC2 by those of its metadata,
which are given to nobody without a token of the metadata service (IMDSv2).

A session token `until-SECONDS` holds until then (seconds since 1970), as those of STS do. A signature's time must be the
server's own to within a quarter of an hour. A bucket whose name begins with `heedless` heeds no condition of a put, and one
whose name begins with `locked` lets no version go.
"""

import calendar
import io
import json
import os
import sys
import threading
import time
from urllib.parse import parse_qs

from botocore.auth import S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.sts.models import sts_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

SECRETS = {"tester": "hush", "test-key": "test-secret-key"}
METADATA_TOKEN = "fake-imdsv2-token"
CLOCK_APART_MAX = 15 * 60
REFUSAL = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{}</Code><Message>{}</Message></Error>"


def secret_of(key, token):
    """Returns the secret of a key, or None; those of a role that was taken on belong to their session token."""
    roles = sts_backends[DEFAULT_ACCOUNT_ID]["aws"].assumed_roles
    given = {role.access_key_id: role.secret_access_key for role in roles if role.session_token == token}
    return SECRETS.get(key) or given.get(key)


def fault_of_metadata(environ):
    """Returns why metadata of the machine are not told, as a status; None when they are."""
    if not environ["PATH_INFO"].startswith("/latest/"):
        return None
    if environ["PATH_INFO"] == "/latest/api/token":
        is_well = environ["REQUEST_METHOD"] == "PUT" and environ.get("HTTP_X_AWS_EC2_METADATA_TOKEN_TTL_SECONDS")
        return None if is_well else "400 Bad Request"
    is_known = environ.get("HTTP_X_AWS_EC2_METADATA_TOKEN") == METADATA_TOKEN
    return None if is_known else "401 Unauthorized"


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
    token = said.get("X-Amz-Security-Token", "")
    secret = secret_of(key, token)
    if secret is None:
        return "InvalidAccessKeyId", "nobody knows " + key
    signed_at = calendar.timegm(time.strptime(said["X-Amz-Date"], "%Y%m%dT%H%M%SZ"))
    if abs(time.time() - signed_at) > CLOCK_APART_MAX:
        return "RequestTimeTooSkewed", "the clocks are too far apart"
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
    auth = S3SigV4QueryAuth(Credentials(key, secret, said.get("X-Amz-Security-Token")), service, region)
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


class Thaws:
    """Holds back what moto thaws at once, as a provider does for hours, and counts what is asked for."""

    def __init__(self):
        self.lock, self.seconds, self.asked, self.ready_at = threading.Lock(), 0, {}, {}
        self.terms = {}

    def is_under_way(self, key):
        return self.ready_at.get(key, 0) > time.time()

    def answer(self, environ, start_response):
        """Returns an answer that is not moto's to give; None when it is moto's."""
        key, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
        with self.lock:
            if key == "/thaws-asked-for":
                self.seconds = float(query.get("take", [self.seconds])[0])
                start_response("200 OK", [("Content-Type", "application/json")])
                return [json.dumps(self.asked).encode()]
            if key == "/thaws-terms":
                start_response("200 OK", [("Content-Type", "application/json")])
                return [json.dumps(self.terms).encode()]
            if method == "PUT":
                # Written anew, or copied onto itself: what has thawed of it is gone.
                self.ready_at.pop(key, None)
            if method == "POST" and "restore" in query:
                self.asked[key] = self.asked.get(key, 0) + 1
                body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                environ["wsgi.input"] = io.BytesIO(body)
                text = body.decode()
                told = [text.split(f"<{name}>")[1].split("<")[0] if f"<{name}>" in text else "" for name in ("Tier", "Days")]
                self.terms[key] = " ".join(told)
                if self.is_under_way(key):
                    return refuse(environ, start_response, "409 Conflict", "RestoreAlreadyInProgress", "wait")
                self.ready_at.setdefault(key, time.time() + self.seconds)
            if method == "GET" and self.is_under_way(key):
                return refuse(environ, start_response, "403 Forbidden", "InvalidObjectState", "it is thawing")
        return None

    def held_back(self, environ, start_response):
        """Says of what is under way that it is, whatever moto says."""
        if not self.is_under_way(environ["PATH_INFO"]):
            return start_response

        def start(status, headers, *more):
            kept = [(name, value) for name, value in headers if name.lower() != "x-amz-restore"]
            if len(kept) < len(headers):
                kept.append(("x-amz-restore", 'ongoing-request="true"'))
            return start_response(status, kept, *more)

        return start


def refuse(environ, start_response, status, code, message):
    # What was sent is taken in, so that the answer is read.
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response(status, [("Content-Type", "application/xml")])
    return [REFUSAL.format(code, message).encode()]


def with_checksum(environ, start_response):
    """Tells the checksum that moto keeps, which a HEAD that asks for it is told by S3 and not by moto."""
    if environ["REQUEST_METHOD"] != "HEAD" or environ.get("HTTP_X_AMZ_CHECKSUM_MODE") != "ENABLED":
        return start_response
    bucket, _, name = environ["PATH_INFO"].encode("latin-1").decode().lstrip("/").partition("/")

    def start(status, headers, *more):
        kept = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].get_object(bucket, name) if status.startswith("200") else None
        if kept is not None and kept.checksum_algorithm:
            name_of = f"x-amz-checksum-{kept.checksum_algorithm.lower()}"
            headers = [pair for pair in headers if pair[0].lower() != name_of] + [(name_of, kept.checksum_value)]
        return start_response(status, headers, *more)

    return start


THAWS = Thaws()


def judged(application):
    def serve(environ, start_response):
        refused = fault_of_metadata(environ)
        if refused is not None:
            start_response(refused, [("Content-Type", "text/plain")])
            return [b""]
        refused = fault_of_header(environ)
        if refused is not None:
            start_response("400 Bad Request", [("Content-Type", "application/x-amz-json-1.1")])
            return [json.dumps({"__type": refused[0], "message": refused[1]}).encode()]
        refused = fault(environ)
        if refused is not None:
            status = "400 Bad Request" if refused[0] == "ExpiredToken" else "403 Forbidden"
            return refuse(environ, start_response, status, *refused)
        if environ["PATH_INFO"].startswith("/heedless"):
            environ.pop("HTTP_IF_NONE_MATCH", None)
            environ.pop("HTTP_IF_MATCH", None)
        answer = THAWS.answer(environ, start_response)
        if answer is not None:
            return answer
        return application(environ, with_checksum(environ, THAWS.held_back(environ, start_response)))

    return serve


ADDRESS = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
server = make_server(ADDRESS, 0, judged(DomainDispatcherApplication(create_backend_app)), threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://{ADDRESS}:{server.server_port}", flush=True)
sys.stdin.read()
os._exit(0)
