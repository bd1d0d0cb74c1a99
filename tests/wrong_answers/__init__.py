"""Wrong answers that learners really give, one module a day."""


def wrong(exercise: str, hint: str):
    """Mark a function as a wrong answer to `exercise`; the check's hint must contain the words `hint`."""
    def mark(answer):
        answer.exercise, answer.hint = exercise, hint
        return answer
    return mark
