"""Runs of `apply_plan` and `resume` against a server that misbehaves on purpose, judged by what really reached it.

    seeding    draws that repeat
    http11     requests and answers on a socket
    server     the SCIM service, which knows all that reached it
    faults     what can befall an exchange
    proxy      which of them befalls which request, and what the client sent
    process    both in a process of their own, and how a run asks them what they saw
    scenario   users, what is wanted of them, and what the server must hold in the end
    judge      the laws: every outcome is true by the server's log
    runner     one seed: apply, resume, judge
    nursery    processes that are killed in the midst of applying
    killing    one seed whose process dies: what its run file says, resume, judge
    cases      which seed means what
    working    a worker of `make chaos`
    __main__   `make chaos`

Tests of their own hold the faults and the judge to what they promise.
"""
