"""What a front end answers before the platform is asked costs warnings at most."""

from typing import Any


def test_a_front_ends_own_pages_are_a_softer_edge(judge: Any) -> None:
    """A page for what no platform need ever see fails nothing."""
    judged = judge(
        faults=("a-front-end-has-pages-of-its-own",),
        chapters=("errors", "json"),
        depth="standard",
    )

    assert judged.accused() == {
        "errors.shape": {"warn"},
        "json.content_type": {"warn"},
    }
