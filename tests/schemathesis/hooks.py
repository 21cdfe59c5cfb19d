"""A key names one change: under the one of the document's example every later change would be refused."""

from uuid import uuid4

import schemathesis

KEY = "Idempotency-Key"


@schemathesis.hook
def before_call(context, case, kwargs):
    header = case.meta.components.get("header") if case.meta else None
    is_good = header is None or header.mode.value == "positive"
    if is_good and KEY in (case.headers or {}):
        case.headers[KEY] = str(uuid4())
