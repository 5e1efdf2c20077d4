"""A collector of traces that judges what it is sent by the messages of OpenTelemetry and protobuf's own, strict parser.

Prints its address; then a line of JSON for each span that it took, or for what was wrong. Serves until its input ends.
The first N requests are answered by 503, with a Retry-After of a second: N is the argument.
"""

import base64
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

refusals = int(sys.argv[1])
one_at_a_time = threading.Lock()


def say(what):
    # A line of one thread must not fall into that of another.
    with one_at_a_time:
        print(json.dumps(what), flush=True)


def with_bytes(span):
    """OTLP writes identifiers in hexadecimal where the JSON of protobuf has base64: the one exception that it makes."""
    for name, digits in (("traceId", 32), ("spanId", 16), ("parentSpanId", 16)):
        if name in span:
            if not re.fullmatch("[0-9a-f]{%d}" % digits, span[name]) or not int(span[name], 16):
                raise ValueError(f"{name}: {span[name]}")
            span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    for name in ("startTimeUnixNano", "endTimeUnixNano"):
        if not isinstance(span[name], str):
            raise ValueError(f"{name} is no text")
    for name in ("kind",):
        if not isinstance(span[name], int):
            raise ValueError(f"{name} is no number")


def plain(attributes):
    return {entry.key: getattr(entry.value, entry.value.WhichOneof("value")) for entry in attributes}


def take(body):
    told = json.loads(body)
    for of_resource in told["resourceSpans"]:
        for of_scope in of_resource["scopeSpans"]:
            for span in of_scope["spans"]:
                with_bytes(span)
    # Refuses every field that it does not know.
    request = json_format.ParseDict(told, ExportTraceServiceRequest())
    for of_resource in request.resource_spans:
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                if span.end_time_unix_nano < span.start_time_unix_nano:
                    raise ValueError(f"{span.name} ends before it begins")
                say({
                    "trace": span.trace_id.hex(),
                    "id": span.span_id.hex(),
                    "parent": span.parent_span_id.hex(),
                    "name": span.name,
                    "begun": span.start_time_unix_nano,
                    "ended": span.end_time_unix_nano,
                    "status": span.status.code,
                    "message": span.status.message,
                    "attributes": plain(span.attributes),
                    "resource": plain(of_resource.resource.attributes),
                    "scope": of_scope.scope.name,
                })


class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        global refusals
        body = self.rfile.read(int(self.headers["content-length"]))
        if refusals > 0:
            refusals -= 1
            return self.answer(503, b"", [("retry-after", "1")])
        try:
            if (self.path, self.headers["content-type"]) != ("/v1/traces", "application/json"):
                raise ValueError(f"{self.path} {self.headers['content-type']}")
            if self.headers["x-tenant"] != "library":
                raise ValueError("the header of the test is missing")
            take(body)
        except Exception as error:  # noqa: BLE001: whatever is wrong, the test is told
            say({"wrong": f"{type(error).__name__}: {error}"})
            return self.answer(400, b"", [])
        text = json_format.MessageToJson(ExportTraceServiceResponse())
        self.answer(200, text.encode(), [("content-type", "application/json")])

    def answer(self, status, body, headers):
        self.send_response(status)
        for name, value in [*headers, ("content-length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=server.serve_forever, daemon=True).start()
say(f"http://127.0.0.1:{server.server_port}")
sys.stdin.read()
