"""Requests made from the scorer's own OpenAPI page, right and wrong ones, and answers held against that page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import APIOperation, Case, CheckFunction, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS: list[CheckFunction] = [status_code_conformance, content_type_conformance, response_schema_conformance]


@dataclass
class Fuzz:
    """Cases sent to one address; ``statuses`` counts how they were answered."""

    address: str
    session: requests.Session = field(default_factory=requests.Session)
    statuses: Counter[int] = field(default_factory=Counter)

    def run(self, cases: int, *, start: int = 7) -> None:
        """Sends so many cases, half of them made to break the schema; operations without a body get one each.

        Raises for an answer of 500 or above, and for a status, type or shape that the page does not tell.
        """
        page = self.session.get(f"{self.address}/openapi.json", timeout=30).json()
        schema = schemathesis.openapi.from_dict(page)
        schema.config.generation.update(with_security_parameters=False)
        operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
        scoring = [each for each in operations if each.method == "post"]
        rest = [each for each in operations if each.method != "post"]
        for operation in rest:
            self._send(operation, GenerationMode.POSITIVE, cases=1, start=start)
        share = -(-(cases - len(rest)) // (2 * len(scoring)))
        for mode in GenerationMode:
            self._send(scoring[0], mode, cases=share, start=start, others=scoring[1:])

    def _send(
        self,
        operation: APIOperation,
        mode: GenerationMode,
        *,
        cases: int,
        start: int,
        others: Sequence[APIOperation] = (),
    ) -> None:
        """``others`` take the same requests: to make one up takes five times as long as to send it."""

        @seed(start)
        @settings(
            max_examples=cases, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def sent(case: Case) -> None:
            same = {name: getattr(case, name) for name in ("headers", "cookies", "query", "body", "media_type")}
            for each in (case, *(other.Case(**same) for other in others)):
                response = each.call(base_url=self.address, session=self.session)
                self.statuses[response.status_code] += 1
                assert response.status_code < 500, response.text
                each.validate_response(response, checks=CHECKS)

        sent()
