"""The service answers as its OpenAPI says, whatever schemathesis makes of it."""

import tiny
from alphacut.infer.fuse import FAST, TOGETHER
from schema_cases import run_cases


def test_no_case_ends_in_a_fault(server):
    tiny.install(*{*TOGETHER["auto"], *FAST["auto"]})
    statuses = run_cases(server.url, 100)
    assert sum(statuses.values()) >= 90
    assert statuses[200] >= 20 and statuses[422] >= 10
    assert max(statuses) < 500
