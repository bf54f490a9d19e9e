"""Cases that schemathesis makes of the service's own OpenAPI, most of them with a photo that can be decoded."""

import base64
import collections
import io

import schemathesis
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from PIL import Image
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
FEW = {"get": 2, "post": 1000}


def picture(mode, size, kind):
    """Return a small picture with something in its middle."""
    image = Image.new(mode, size, 230 if mode == "L" else (230, 210, 60))
    image.paste(20 if mode == "L" else (20, 40, 90), (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def photos():
    """Return the photos that cases are given; None leaves what schemathesis made."""
    usual = [picture("RGB", (32, 24), "PNG"), picture("L", (9, 40), "JPEG"), picture("RGB", (1, 1), "PNG")]
    return [*usual, usual[0], usual[0][:60], None]


def with_photo(case, photo, key="image"):
    """Put a photo where a case has one, in the way that its media type wants it."""
    if photo is None or not case.media_type:
        return
    if case.media_type in ("image/*", "application/octet-stream"):
        case.body = photo
    elif isinstance(case.body, dict) and (key in case.body or key == "image"):
        inline = "multipart" not in case.media_type
        case.body[key] = base64.b64encode(photo).decode() if inline else photo


def run_cases(url, number):
    """Run about `number` cases against a server's own routes; return how many were answered with each status.

    Any answer that the OpenAPI does not describe, and any 5xx, raises.
    """
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json").include(path_regex="^/v1/")
    operations = [found.ok() for found in schema.get_all_operations()]
    photo_takers = sum(operation.method == "post" for operation in operations)
    each = max(1, number // (photo_takers * len(MODES)))
    statuses = collections.Counter()
    for operation in operations:
        for mode in MODES if operation.method == "post" else MODES[:1]:
            _run(operation.as_strategy(mode), min(each, FEW.get(operation.method, 1)), statuses)
    return statuses


@st.composite
def _made(draw, cases):
    """Leave out the few wrong bodies that schemathesis cannot make: it fails on its own type for files."""
    try:
        return draw(cases)
    except ValueError as error:
        if "Unsupported type: 'Binary'" not in str(error):
            raise
        reject()


def _run(cases, number, statuses):
    @settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=_made(cases),
        photo=st.sampled_from(photos()),
        behind=st.sampled_from(photos()),
        both=st.booleans(),
    )
    def one(case, photo, behind, both):
        with_photo(case, photo)
        with_photo(case, behind, "background")
        if not both:
            case.query = {}  # what is named in the query and in the body too is refused before anything else
        answer = case.call(timeout=60)
        statuses[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    one()
