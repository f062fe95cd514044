"""Logistic regression from scratch: a hundred students, two exam marks, passed or not.

Everything that a first lesson writes out in plain Python is here as one call, with the same figures to twelve digits:
standardised marks, gradient descent on the mean log loss, the learning curve, the confusion counts and the boundary.

    python examples/2_marks_from_scratch.py [FOLDER with marks.csv and hours.csv] [FOLDER for pictures]
"""

import sys
from pathlib import Path

import numpy as np

import logistica
from logistica import GradientDescent

DATA = Path(__file__).parents[2] / "shared" / "data"
START = 0.06879018957747185, 0.060750489548129484, 0.08122488791609535


def lesson(data: Path, pictures: Path) -> dict[str, logistica.Model]:
    marks = np.genfromtxt(data / "marks" / "marks.csv", delimiter=",", names=True)
    exams = np.column_stack([marks["exam_1"], marks["exam_2"]])
    passed = marks["passed"].astype(int)

    # Standardise each column: subtract its mean, divide by its standard deviation (that of a sample, with n - 1).
    z = (exams - exams.mean(axis=0)) / exams.std(axis=0, ddof=1)
    print("The first student, standardised:", *z[0])

    # Gradient descent. The lesson that this follows divides the gradient by 3, the number of weights, where the mean
    # over its 100 rows asks for 100, and multiplies it by 0.01: on the mean loss that is a learning rate of 1/3.
    solver = GradientDescent(learning_rate=1 / 3, epochs=5000, start=(START[1:], START[0]))
    model = logistica.fit(z, target=passed, solver=solver, columns=["exam 1", "exam 2"])
    print("\n  epoch  mean log loss")
    for epoch in range(1, 5000, 1000):
        print(f"{epoch:>7}  {model.record.history[epoch].loss!r}")
    print("\nIntercept and weights:", *model.intercept_, *model.coef_[0])
    print(model.record.message)

    truth = model.evaluate(z, target=passed)
    (true_no, false_yes), (false_no, true_yes) = truth.confusion_matrix.astype(int).tolist()
    print(
        f"\nOf those who passed {true_yes} are recognised and {false_no} not; of the others {true_no} and {false_yes}."
    )
    print(f"Accuracy {truth.accuracy:.2f}")

    # Newton's method needs no standardising, no learning rate and no start, and gives standard errors.
    exact = logistica.fit(data / "marks" / "marks.csv", target="passed")
    print("\nThe same by maximum likelihood on the marks as they are, in", exact.record.iterations, "steps:\n")
    print(exact.summary())
    hours = logistica.fit(data / "hours" / "hours.csv", "passed ~ hours")
    print("\nAnd the twelve students of the hours table: log-odds", *hours.intercept_, "+", *hours.coef_[0], "* hours")

    draw = logistica.pictures
    draw.sigmoid().figure.savefig(pictures / "2_sigmoid.png")
    draw.log_loss().figure.savefig(pictures / "2_log_loss.png")
    draw.learning_curves(model).figure.savefig(pictures / "2_learning_curve.png")
    axes = draw.decision_boundary(exact, data / "marks" / "marks.csv")
    axes.figure.savefig(pictures / "2_decision_boundary.png")
    return {"descent": model, "exact": exact, "hours": hours}


if __name__ == "__main__":
    arguments = [Path(argument) for argument in sys.argv[1:]]
    lesson(*(arguments + [DATA, Path()][len(arguments) :]))
