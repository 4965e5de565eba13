"""What docs/conformance.md says is what utest/conformance/expected.json holds."""

from conformance.table import BEGIN, END, PAGE, WITHOUT, read_expected, tables


def test_page_has_the_expected_verdicts():
    section = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert section == tables(read_expected()), "write it with `python utest/conformance/run.py --table`"


def test_table_tells_what_is_not_strict_and_what_was_not_run():
    passed, informational = ["OK", "OK"], ["INFORMATIONAL", "INFORMATIONAL"]
    runs = {
        "server ws": {"2.1": passed, "2.10": informational, "10.1.1": passed, "12.1.1": ["UNIMPLEMENTED", "OK"]},
        "client ws": {"2.1": ["NON-STRICT", "OK"], "12.1.1": passed},
        f"server wss{WITHOUT}": {"2.1": ["OK", "UNCLEAN"]},
    }
    assert (
        tables(runs)
        == """
With compression:

| chapter | | server, ws | client, ws |
| --- | --- | --- | --- |
| 2 | pings and pongs | 1 + 1 informational | 0 + 1 non-strict / ok of 2 |
| 10 | auto-fragmentation | 1 | 0 of 1 |
| 12 | compression, different payloads | 0 + 1 unimplemented / ok | 1 |
| | all | **2 + 1 informational + 1 unimplemented / ok** | **1 + 1 non-strict / ok of 4** |

Without compression:

| chapter | | server, wss |
| --- | --- | --- |
| 2 | pings and pongs | 0 + 1 ok / unclean of 2 |
| | all | **0 + 1 ok / unclean of 2** |

"""
    )
