"""A service between two of Spanwise. It passes each request on to the address that it is started with.

The environment configures OpenTelemetry's own SDK: propagators, exporter, service name. It prints the address that it
listens at to standard output, and ends when standard input is closed.
"""

import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry import baggage, propagate, trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

NEXT = sys.argv[1]

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(insecure=True)))
trace.set_tracer_provider(provider)
tracer = trace.get_tracer("service.py")


def ask(path):
    with tracer.start_as_current_span("python asks", kind=trace.SpanKind.CLIENT):
        headers = {}
        propagate.inject(headers)
        request = urllib.request.Request(NEXT + path, headers=headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        caller = propagate.extract(dict((name.lower(), value) for name, value in self.headers.items()))
        with tracer.start_as_current_span("python answers", context=caller, kind=trace.SpanKind.SERVER) as span:
            for key, value in baggage.get_all(caller).items():
                span.set_attribute("baggage." + key, value)
            status, body = ask(self.path)
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print("http://127.0.0.1:%d" % server.server_port, flush=True)
sys.stdin.read()
provider.shutdown()
