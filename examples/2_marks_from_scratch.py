"""Logistic regression from scratch: a hundred students, two exam marks, passed or not.

Everything that a first lesson writes out in plain Python is here as one call: standardised marks, gradient descent on
the mean log loss, the learning curve, the confusion counts and the boundary.

    python examples/2_marks_from_scratch.py [MARKS.csv] [FOLDER for pictures]

The marks in examples/data are simulated. Those of the course from which the lesson comes reproduce its printed figures
to twelve digits; examples/data/README.md says what they are called.
"""

import sys
import textwrap
from pathlib import Path

import numpy as np

import logistica
from logistica import GradientDescent

DATA = Path(__file__).parent / "data"
START = 0.06879018957747185, 0.060750489548129484, 0.08122488791609535  # what a random generator once gave


def lesson(marks: Path, pictures: Path) -> dict[str, logistica.Model]:
    table = np.genfromtxt(marks, delimiter=",", names=True)
    exams = np.column_stack([table["exam_1"], table["exam_2"]])
    passed = table["passed"].astype(int)

    print("1. Standardise: subtract each column's mean, divide by its standard deviation (n - 1, a sample's).")
    z = (exams - exams.mean(axis=0)) / exams.std(axis=0, ddof=1)
    print("   The first student:", *(f"{mark} is {value:.12f}" for mark, value in zip(exams[0], z[0], strict=True)))

    # The lesson that this follows sums the gradient over its 100 rows, divides by 3, the number of weights, where the
    # mean asks for 100, and multiplies by 0.01. On the mean loss that is a learning rate of 1/3.
    print("\n2. Gradient descent: from a random start, 5,000 times a step against the gradient.")
    solver = GradientDescent(learning_rate=1 / 3, epochs=5000, start=(START[1:], START[0]))
    model = logistica.fit(z, target=passed, solver=solver, columns=["exam 1", "exam 2"])
    print("   epoch    mean log loss")
    for epoch in range(1, 5000, 1000):
        print(f"   {epoch:>5}   {model.record.history[epoch].loss:.12f}")
    print("   Intercept and weights:", *(f"{one:.12f}" for one in (*model.intercept_, *model.coef_[0])))
    print(textwrap.indent(textwrap.fill(model.record.message, 95), "   "))

    print("\n3. Predict: passed, where the probability is above 1/2.")
    found = model.evaluate(z, target=passed)
    (true_no, false_yes), (false_no, true_yes) = found.confusion_matrix.astype(int).tolist()
    print(
        f"   Of those who passed {true_yes} are recognised and {false_no} not; of the others {true_no} and {false_yes}."
    )
    print(f"   Accuracy {found.accuracy:.2f}, on the students that the model has learnt from.")

    # Newton's method needs no standardising, no learning rate and no start.
    exact = logistica.fit(marks, target="passed")
    print(
        "\n4. Maximum likelihood on the marks as they are, by Newton's method:",
        exact.record.iterations,
        "steps instead",
    )
    print("   of 5,000, and with standard errors. A weight is the change in log-odds for one mark more.\n")
    print(exact.summary())
    hours = logistica.fit(DATA / "hours.csv", "passed ~ hours")
    print(f"\n5. Twelve other students: log-odds {hours.intercept_[0]:.8f} + {hours.coef_[0, 0]:.8f} * hours.")
    print(f"   One more hour multiplies the odds to pass by {np.exp(hours.coef_[0, 0]):.2f}.")

    draw = logistica.pictures
    for name, axes in {
        "sigmoid": draw.sigmoid(),
        "log_loss": draw.log_loss(),
        "learning_curve": draw.learning_curves(model),
        "decision_boundary": draw.decision_boundary(exact, marks),
        "hours": draw.fitted_curve(hours, DATA / "hours.csv", "hours"),
    }.items():
        axes.figure.savefig(pictures / f"2_{name}.png")
    return {"descent": model, "exact": exact, "hours": hours}


if __name__ == "__main__":
    named = [Path(argument) for argument in sys.argv[1:]]
    table = named.pop(0) if named and named[0].is_file() else DATA / "marks.csv"
    lesson(table, named[0] if named else Path())
