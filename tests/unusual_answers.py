"""Answers that stop in ways of their own. Apart from the tests, since pytest rewrites the asserts
of a test file.
"""

import numpy


def own_assert(*arguments):
    assert arguments == "a rule of mine"


def own_assert_with_words(*arguments):
    assert arguments == "a rule of mine", "mine was broken"


def numpys_assert(*arguments):
    numpy.testing.assert_array_equal([1, 2], [1, 3])


def not_implemented_inside(*arguments):
    raise NotImplementedError(f"no {numpy.float16} here")


def leaves(*arguments):
    raise SystemExit("enough")


def says_nothing(*arguments):
    raise LookupError
