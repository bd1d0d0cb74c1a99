"""Right answers in other styles than the solution's, one module a day. A check must let each of them pass."""


def right(exercise: str):
    """Mark a function or class as a right answer to `exercise`."""
    def mark(answer):
        answer.exercise = exercise
        return answer
    return mark
