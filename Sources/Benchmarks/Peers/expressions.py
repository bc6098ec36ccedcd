"""An expression on the toolkit's Python edition, read once: what `make bench` compares the Swift one with.

    python expressions.py EXPRESSION SECONDS NAME=NUMBER...

Prints the value, and the nanoseconds that evaluating it once takes.
"""

import sys
import time

from pip_services4_expressions.calculator import ExpressionCalculator
from pip_services4_expressions.calculator.variables import Variable, VariableCollection
from pip_services4_expressions.variants import Variant

expression, seconds = sys.argv[1], float(sys.argv[2])
calculator = ExpressionCalculator(expression)
variables = VariableCollection()
for argument in sys.argv[3:]:
    name, value = argument.split("=")
    variables.add(Variable(name, Variant(float(value))))


def evaluate(count):
    start = time.perf_counter_ns()
    for _ in range(count):
        calculator.evaluate_with_variables(variables)
    return (time.perf_counter_ns() - start) / count


per_call = evaluate(200)
per_call = evaluate(max(200, int(seconds * 1_000_000_000 / per_call)))
print("RESULT", calculator.evaluate_with_variables(variables).as_object, per_call)
