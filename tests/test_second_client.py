"""A second client edits users while a plan is applied: with versions nothing of it is lost."""

from second_client import measure


def test_with_versions_no_edit_of_a_second_client_is_lost():
    report = measure(versions=True, users=200, edits=1_000)

    assert report.edits >= 1_000
    assert report.lost == 0
    assert report.outcomes == {"applied": 200}


def test_without_versions_only_the_moment_between_our_get_and_our_put_is_unprotected():
    report = measure(versions=False, users=200, edits=1_000)

    # An edit that arrives with our PUT is lost, and whatever came after our GET.
    assert report.lost > 30
    assert report.seen == 0
    assert report.outcomes == {"applied": 200}
