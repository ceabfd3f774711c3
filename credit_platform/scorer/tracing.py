"""OpenTelemetry traces by choice: a span a request and one inside for each step, told to a collector over OTLP.

No field, key or address is in them.
"""

from importlib.util import find_spec

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from credit_platform.engine.errors import EngineError

Steps = list[tuple[str, int, int]]
"""What was done for a request: its name, and when it began and ended in nanoseconds of the system's clock."""
_NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter")


class TracingError(EngineError):
    """Traces are asked for and cannot be made."""


class Traced:
    """Pure ASGI, inside the envelope: a span goes on from the caller's ``traceparent`` (W3C Trace Context)."""

    def __init__(self, app: ASGIApp, *, url: str) -> None:
        # The package itself first: asking for a part of one that is absent raises.
        if find_spec("opentelemetry") is None or not all(find_spec(name) for name in _NEEDED):
            raise TracingError(
                "CREDIT_PLATFORM_TRACES_URL is set, but the packages that make traces are not installed; "
                "pip install 'credit-platform[tracing]', or unset it"
            )
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self.app = app
        self.provider = TracerProvider(resource=Resource.create({"service.name": "credit-scorer"}))
        self.provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
        self._tracer = self.provider.get_tracer("credit_platform.scorer")
        self._propagator = TraceContextTextMapPropagator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Spans of HTTP requests; at the server's end what is not told yet is told."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            if scope["type"] == "lifespan":
                self.provider.shutdown()
            return
        from opentelemetry.trace import SpanKind

        parent = scope["state"]["head"].values.get(b"traceparent")
        context = self._propagator.extract({} if parent is None else {"traceparent": parent})
        steps: Steps = scope["state"].setdefault("steps", [])
        with self._tracer.start_as_current_span(
            scope["method"], context=context, kind=SpanKind.SERVER, record_exception=False
        ) as span:

            async def told(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                await send(message)

            await self.app(scope, receive, told)
            for name, began, ended in steps:
                self._tracer.start_span(name, start_time=began).end(end_time=ended)
            route = getattr(scope.get("route"), "path", "unmatched")
            span.update_name(f"{scope['method']} {route}")
            state = scope["state"]
            span.set_attributes({"http.route": route, "request_id": state["request_id"], "caller": state["caller"].id})
