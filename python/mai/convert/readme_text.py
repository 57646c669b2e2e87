"""README.txt of model.zip, in English and in Thai, for a pupil."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mai.detect.threshold import USUAL_THRESHOLD

KIND = {
    "IMAGE_CLASSIFICATION": ("tells photos apart", "แยกแยะรูปภาพ"),
    "OBJECT_DETECTION": ("finds objects in photos", "หาสิ่งของในรูปภาพ"),
    "VOICE_CLASSIFICATION": ("tells words apart", "แยกแยะคำพูด"),
}


def readme(board_files: Sequence[str], report: dict[str, Any]) -> str:
    """`report` is the conversion's part of report.json."""
    return "\n\n".join([*_english(board_files, report), "-" * 60, *_thai(board_files, report)]) + "\n"


def _english(board_files: Sequence[str], report: dict[str, Any]) -> list[str]:
    files = ", ".join(board_files)
    parts = [
        f"MODEL FOR THE BOARD {report['board']}\n\nThis model {KIND[report['project_type']][0]}. "
        f"The network is {report['model']}.",
        f"How to put it on the board\n1. Easiest: press Download in the KidBright IDE; it does the rest.\n"
        f"2. By hand: copy {files} and labels.txt to the folder of your program on the board's memory card.\n"
        "labels.txt holds the names in the order in which the model numbers them.",
        f"How good it is\nChecked with {report['held_back']['used']} {_thing(report)} that it never learnt from:\n"
        f"- on the computer: {_right(report, 'float')}\n"
        f"- on the board: {_right(report, 'board')}\n"
        f"- the same answer in both: {_same(report)}",
    ]
    if report["project_type"] == "IMAGE_CLASSIFICATION":
        parts.append(
            "What \"probability\" means on the board\nThe board's program shows the largest raw output of the network, "
            "not a percentage: 7.3 can be an ordinary value. A larger number means that the model is surer. Compare it "
            "with values that you saw for right answers. (The computer turns the same outputs into percentages by "
            "Softmax. Whether the board can do that too is not known.)"
        )
    limit = report.get("unknown", {}).get("threshold")
    if limit is not None:
        parts.append(
            f"None of the labels\nWhere the largest raw output on the board is below {limit:g}, it is probably none of "
            f"the labels. Of 100 new {_thing(report)} of the labels about {report['unknown']['kept_percent']} reach "
            f"this number. {_noticed(report)}"
        )
    if "threshold" in report:
        parts.append(
            "Score and threshold\nEvery box has a score from 0 to 1: the larger it is, the surer the model is. The "
            "board shows only boxes that score at least the threshold of the block. "
            f"Set it to {report['threshold']:g} (the block begins with {USUAL_THRESHOLD:g}; the board's scores differ "
            "from the computer's). A lower threshold shows more boxes, wrong ones among them; a higher one hides right "
            "ones."
        )
    rate = report.get("frame_rate")
    if rate:
        parts.append(
            f"Speed\nBetween {rate['at_least']:g} and {rate['at_most']:g} pictures a second "
            "(an estimate, not measured on your board)."
        )
    return [*parts, "report.json has all the numbers, and the names of the files whose answer changed."]


def _thai(board_files: Sequence[str], report: dict[str, Any]) -> list[str]:
    files = ", ".join(board_files)
    thing = "เสียง" if report["project_type"] == "VOICE_CLASSIFICATION" else "รูป"
    parts = [
        f"โมเดลสำหรับบอร์ด {report['board']}\n\nโมเดลนี้ใช้{KIND[report['project_type']][1]} โครงข่ายคือ {report['model']}",
        f"วิธีนำไปใช้บนบอร์ด\n1. วิธีที่ง่ายที่สุด: กดปุ่มดาวน์โหลดใน KidBright IDE แล้วโปรแกรมจะจัดการให้เอง\n"
        f"2. ทำเอง: คัดลอก {files} และ labels.txt ไปไว้ในโฟลเดอร์โปรแกรมของเราในการ์ดหน่วยความจำของบอร์ด\n"
        "labels.txt คือชื่อป้ายกำกับ เรียงตามลำดับที่โมเดลใช้",
        f"โมเดลเก่งแค่ไหน\nลองกับ{thing} {report['held_back']['used']} {thing}ที่โมเดลไม่เคยเรียนมาก่อน\n"
        f"- บนคอมพิวเตอร์: {_right_thai(report, 'float', thing)}\n"
        f"- บนบอร์ด: {_right_thai(report, 'board', thing)}\n"
        f"- ตอบเหมือนกันทั้งสองที่: {_same_thai(report, thing)}",
    ]
    if report["project_type"] == "IMAGE_CLASSIFICATION":
        parts.append(
            "ค่า \"probability\" บนบอร์ดหมายถึงอะไร\nโปรแกรมบนบอร์ดแสดงค่าผลลัพธ์ดิบที่มากที่สุดของโครงข่าย ไม่ใช่เปอร์เซ็นต์ "
            "จึงเห็นค่าอย่าง 7.3 ได้ตามปกติ ยิ่งมากแปลว่าโมเดลยิ่งมั่นใจ ให้เทียบกับค่าที่เคยเห็นตอนตอบถูก "
            "(คอมพิวเตอร์แปลงค่าเดียวกันนี้เป็นเปอร์เซ็นต์ด้วย Softmax แต่ยังไม่รู้ว่าบอร์ดทำได้ไหม)"
        )
    limit = report.get("unknown", {}).get("threshold")
    if limit is not None:
        parts.append(
            f"ไม่ใช่ป้ายไหนเลย\nถ้าค่าผลลัพธ์ดิบที่มากที่สุดบนบอร์ดต่ำกว่า {limit:g} สิ่งนั้นน่าจะไม่ใช่ป้ายไหนเลย "
            f"ถ้ามี{thing}ใหม่ของป้ายเรา 100 {thing} ประมาณ {report['unknown']['kept_percent']} {thing}จะได้ถึงค่านี้ "
            f"{_noticed_thai(report)}"
        )
    if "threshold" in report:
        parts.append(
            "คะแนนและค่า threshold\nทุกกรอบมีคะแนนตั้งแต่ 0 ถึง 1 ยิ่งมากแปลว่าโมเดลยิ่งมั่นใจ บอร์ดจะแสดงเฉพาะกรอบที่ได้คะแนนไม่ต่ำกว่าค่า "
            f"threshold ของบล็อก ให้ตั้งเป็น {report['threshold']:g} (บล็อกเริ่มต้นที่ {USUAL_THRESHOLD:g} "
            "แต่คะแนนบนบอร์ดไม่เท่ากับบนคอมพิวเตอร์) ถ้าตั้งต่ำกว่านี้จะเห็นกรอบมากขึ้นแต่มีกรอบที่ผิดด้วย "
            "ถ้าตั้งสูงกว่านี้กรอบที่ถูกอาจหายไป"
        )
    rate = report.get("frame_rate")
    if rate:
        parts.append(
            f"ความเร็ว\nประมาณ {rate['at_least']:g} ถึง {rate['at_most']:g} ภาพต่อวินาที "
            "(ค่าประมาณ ไม่ได้วัดจากบอร์ดจริง)"
        )
    return [*parts, "ตัวเลขทั้งหมดและชื่อไฟล์ที่คำตอบเปลี่ยนไปอยู่ใน report.json"]


def _noticed(report: dict[str, Any]) -> str:
    tried = report["unknown"].get("left_out")
    if tried is None:
        return "How often other things stay below it was not measured: show it some and see."
    return (
        f"When each label was left out of the quick model in turn, {tried['right']} of {tried['checked']} of its "
        "photos stayed below the limit: other things may be noticed more often or less."
    )


def _noticed_thai(report: dict[str, Any]) -> str:
    tried = report["unknown"].get("left_out")
    if tried is None:
        return "ส่วนของอย่างอื่นจะรู้ได้บ่อยแค่ไหนยังไม่ได้วัด ลองให้ดูของอย่างอื่นแล้วสังเกตดูนะ"
    return (
        f"ตอนที่ลองซ่อนป้ายทีละป้ายไม่ให้โมเดลตรวจเร็วเรียน รูปของป้ายที่ซ่อนไว้ {tried['checked']} รูป "
        f"ถูกรู้ว่าไม่ใช่ป้ายไหนเลย {tried['right']} รูป ของอย่างอื่นอาจรู้ได้บ่อยกว่านี้หรือน้อยกว่านี้"
    )


def _right(report: dict[str, Any], stage: str) -> str:
    """Boxes are judged by a measure that has no counts."""
    if "checked" not in report:
        return f"{report[f'accuracy_{stage}']:g} % ({report['measure']})"
    checked = report["checked"][stage]
    return (
        f"{checked['right']} of {checked['checked']} right; of 100 new {_thing(report)}, as many of each label, "
        f"expect {checked['expect_least']} to {checked['expect_most']}"
    )


def _same(report: dict[str, Any]) -> str:
    compared = report["compared"]
    return (
        f"{compared['same']} of {compared['compared']}; of 100 new ones expect {compared['expect_least']} to "
        f"{compared['expect_most']}"
    )


def _right_thai(report: dict[str, Any], stage: str, thing: str) -> str:
    if "checked" not in report:
        return f"{report[f'accuracy_{stage}']:g} % ({report['measure']})"
    checked = report["checked"][stage]
    return (
        f"ตอบถูก {checked['right']} จาก {checked['checked']} {thing} ถ้ามี{thing}ใหม่ 100 {thing} ป้ายละเท่า ๆ กัน "
        f"น่าจะตอบถูก {checked['expect_least']} ถึง {checked['expect_most']} {thing}"
    )


def _same_thai(report: dict[str, Any], thing: str) -> str:
    compared = report["compared"]
    return (
        f"{compared['same']} จาก {compared['compared']} {thing} ถ้ามี{thing}ใหม่ 100 {thing} "
        f"น่าจะเหมือนกัน {compared['expect_least']} ถึง {compared['expect_most']} {thing}"
    )


def _thing(report: dict[str, Any]) -> str:
    return "clips" if report["project_type"] == "VOICE_CLASSIFICATION" else "photos"
