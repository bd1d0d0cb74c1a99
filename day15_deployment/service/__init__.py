"""The service of Day 15, in the order in which a request meets it.

server      connections: several addresses, deadlines, what is read before a request is admitted,
start and stop app         the addresses that it answers, request ids, errors as sentences predictor
admission, one deadline for each request, the answer; what is alive and ready checks      bad input
is refused, with a sentence batcher     requests are answered several at a time versions    which
versions are served: the newest or pinned ones, labels, what is refused and why model       one
version, loaded and tried out seen        what can be seen from outside: metrics and logs
"""
