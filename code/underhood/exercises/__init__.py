"""The book's exercises: the right answers, the known wrong ones, and what to say to each.

One module a chapter registers its exercises; `underhood.check.check_answer` looks them up by the
label they have on the page.
"""

from underhood.exercises.exercise import EXERCISES, Exercise, find, load, register

__all__ = ["EXERCISES", "Exercise", "find", "load", "register"]
