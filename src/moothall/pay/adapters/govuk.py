"""GOV.UK Pay over its public API (https://docs.payments.service.gov.uk/api_reference/)."""

from __future__ import annotations

from typing import Any

import requests

from moothall.pay.adapters.base import (
    Mismatch,
    Order,
    ProviderRefund,
    Refused,
    State,
    Unreachable,
)

SECONDS = (5, 25)
"""How long to wait for a connection, and for an answer."""

CODES = {"P0010": "failed", "P0020": "expired", "P0030": "cancelled", "P0050": "error"}
"""How a failed payment ended, by Pay's code: refused, expired, cancelled by the person, error."""

STATUSES = {
    "created": "created",
    "started": "started",
    "submitted": "started",
    "capturable": "started",
    "success": "success",
    "failed": "failed",
    "cancelled": "cancelled",
    "error": "error",
}


class GovUkPay:
    """An account at GOV.UK Pay. Each call is a request of its own: safe in any thread."""

    name = "govuk"

    def __init__(self, key: str, url: str) -> None:
        self.key = key
        self.url = url.rstrip("/")

    def create(self, order: Order) -> State:
        """POST /v1/payments."""
        body: dict[str, Any] = {
            "amount": order.pence,
            "reference": order.reference,
            "description": order.description,
            "return_url": order.return_url,
            "language": "cy" if order.language == "cy" else "en",
            "metadata": {"payment": order.idempotency_key},
        }
        if order.moto:
            body["moto"] = True
        answer = self._ask("POST", "/v1/payments", body, {"Idempotency-Key": order.idempotency_key})
        return _state(answer)

    def read(self, provider_id: str) -> State:
        """GET /v1/payments/{id}."""
        return _state(self._ask("GET", f"/v1/payments/{provider_id}"))

    def cancel(self, provider_id: str) -> None:
        """POST /v1/payments/{id}/cancel."""
        self._ask("POST", f"/v1/payments/{provider_id}/cancel")

    def refund(self, provider_id: str, pence: int, available: int) -> ProviderRefund:
        """POST /v1/payments/{id}/refunds with what we think is left: Pay refuses if it is not so."""
        body = {"amount": pence, "refund_amount_available": available}
        return _refund(self._ask("POST", f"/v1/payments/{provider_id}/refunds", body))

    def refunds(self, provider_id: str) -> list[ProviderRefund]:
        """GET /v1/payments/{id}/refunds."""
        answer = self._ask("GET", f"/v1/payments/{provider_id}/refunds")
        found = sorted(answer["_embedded"]["refunds"], key=lambda r: r["created_date"])
        return [_refund(refund) for refund in found]

    def check_config(self) -> list[str]:
        """Return what is missing."""
        return [] if self.key else ["Set MOOTHALL_PAY_KEY to an API key of the account at Pay."]

    def _ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        try:
            response = requests.request(
                method,
                self.url + path,
                json=body,
                headers={"Authorization": f"Bearer {self.key}", **(headers or {})},
                timeout=SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise Unreachable("GOV.UK Pay cannot be reached.") from error
        code = response.status_code
        if code == 412:
            raise Mismatch
        if code == 429 or code >= 500 or code in {401, 403}:
            # 401 and 403: the key is wrong. What we ask is right and can be asked again once it is mended.
            raise Unreachable(f"GOV.UK Pay does not answer now ({code}).")
        if not response.ok:
            raise Refused(f"GOV.UK Pay refused ({code}).{_why(response)}")
        if code == 204:
            return {}
        try:
            return dict(response.json())
        except ValueError as error:
            raise Unreachable("GOV.UK Pay's answer cannot be read.") from error


def _why(response: requests.Response) -> str:
    """Pay's own code and the field at fault; not its text."""
    try:
        said = response.json()
    except ValueError:
        return ""
    field = f" Field: {said['field']}." if said.get("field") else ""
    return f" Code {said.get('code', 'unknown')}.{field}"


def _state(answer: dict[str, Any]) -> State:
    try:
        state = answer["state"]
        code = str(state.get("code") or "")
        status = STATUSES[state["status"]]
        if status == "failed":
            status = CODES.get(code, "failed")
        next_url = (answer.get("_links") or {}).get("next_url") or {}
        return State(
            provider_id=str(answer["payment_id"]),
            status=status,
            code=code,
            pence=int(answer["amount"]),
            reference=str(answer["reference"]),
            next_url=str(next_url.get("href") or ""),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreachable("GOV.UK Pay's answer cannot be read.") from error


def _refund(answer: dict[str, Any]) -> ProviderRefund:
    status = str(answer["status"])
    known = status if status in {"submitted", "success", "error"} else "submitted"
    return ProviderRefund(str(answer["refund_id"]), known, int(answer["amount"]))
