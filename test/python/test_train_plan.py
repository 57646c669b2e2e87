"""What a training is given: from the arguments of its entry, checked before anything begins."""

import ast
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from mai.errors import MaiError
from mai.train.plan.arguments import parse_plan
from mai.train.plan.plan import plan_for, require_type
from photo_project import make_project

TRAIN = Path(__file__).parents[2] / "python" / "mai" / "train"


def test_folders_lie_in_the_project_unless_they_are_named(tmp_path):
    root = make_project(tmp_path / "p", per_label=1, epochs=7)
    plan = parse_plan("", ["--project", str(root), "--output", str(tmp_path / "o"), "--cache", str(tmp_path / "c")])
    assert (plan.output, plan.checkpoints) == (tmp_path / "o", root / "checkpoints")
    assert (plan.cache, plan.instant) == (tmp_path / "c", root / "instant")
    assert plan.project.train.epochs == 7 and plan.project.path == root
    assert (plan.device, plan.threads, plan.seed, plan.resume, plan.logged_epoch) == ("auto", 0, 0, False, None)
    assert (plan.weights_dir, plan.missing_weights) == (None, "substitute")


def test_what_is_given_is_kept(tmp_path):
    root = make_project(tmp_path / "p", per_label=1)
    given = ["--device", "cpu", "--threads", "3", "--seed", "5", "--resume", "--logged-epoch", "0"]
    plan = parse_plan("", ["--project", str(root), *given, "--weights-dir", "w", "--missing-weights", "fail"])
    assert (plan.device, plan.threads, plan.seed, plan.resume, plan.logged_epoch) == ("cpu", 3, 5, True, 0)
    assert (plan.weights_dir, plan.missing_weights) == (Path("w"), "fail")


def test_a_plan_is_not_changed_on_its_way(tmp_path):
    plan = plan_for(make_project(tmp_path / "p", per_label=1))
    with pytest.raises(FrozenInstanceError):
        plan.seed = 1


def test_a_folder_without_a_project_and_a_project_of_another_type_are_refused(tmp_path):
    with pytest.raises(MaiError) as missing:
        parse_plan("", ["--project", str(tmp_path)])
    with pytest.raises(MaiError) as other:
        require_type(plan_for(make_project(tmp_path / "p", per_label=1)), "OBJECT_DETECTION")
    assert (missing.value.code, other.value.code) == ("project_missing", "project_type_wrong")


def test_no_function_takes_so_much_that_it_should_be_given_the_plan():
    functions = [
        (f"{file.name}: {node.name}", len(node.args.posonlyargs) + len(node.args.args) + len(node.args.kwonlyargs))
        for file in TRAIN.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    assert len(functions) > 150
    assert {name for name, count in functions if count > 8} == set()
