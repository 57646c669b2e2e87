"""The sentences of README.txt in English and Thai; readme_text.py chooses among them and fills in the values."""

from __future__ import annotations

from typing import Final

ENGLISH: Final = {
    "photos": "photos",
    "clips": "clips",
    "IMAGE_CLASSIFICATION": "tells photos apart",
    "OBJECT_DETECTION": "finds objects in photos",
    "VOICE_CLASSIFICATION": "tells words apart",
    "title": "MODEL FOR THE BOARD {board}\n\nThis model {does}. The network is {model}.",
    "install": (
        "How to put it on the board\n1. Easiest: press Download in the KidBright IDE; it does the rest.\n"
        "2. By hand: copy {files} and labels.txt to the folder of your program on the board's memory card.\n"
        "labels.txt holds the names in the order in which the model numbers them."
    ),
    "quality": (
        "How good it is\nTested with {used} {thing} that it never learnt from:\n"
        "- on the computer: {float}\n- on the board: {board}\n- the same answer in both: {same}"
    ),
    "percent": "{percent:g} % ({measure})",
    "right": (
        "{right} of {checked} right; of 100 new {thing}, as many of each label, expect {expect_least} to {expect_most}"
    ),
    "same": "{same} of {compared}; of 100 new ones expect {expect_least} to {expect_most}",
    "raw_output": (
        'What "probability" means on the board\nThe board\'s program shows the largest raw output of the network, '
        "not a percentage: 7.3 can be an ordinary value. A larger number means that the model is surer. Compare it "
        "with values that you saw for right answers. (The computer turns the same outputs into percentages by "
        "Softmax. Whether the board can do that too is not known.)"
    ),
    "unknown": (
        "None of the labels\nIf the largest raw output on the board is below {limit:g}, what it sees or hears is "
        "probably none of your labels. Of 100 new {thing} of your labels about {kept} reach this number. {tried}"
    ),
    "not_tried": "How often it notices other things was not measured: show it some and see.",
    "tried": (
        "{hidden} of the {labels} labels were hidden from a quick model, one at a time: {right} of {checked} photos of "
        "the hidden labels stayed below it. It may notice other things more often or less often."
    ),
    "threshold": (
        "Score and threshold\nEvery box has a score from 0 to 1: the larger it is, the surer the model is. The "
        "board shows only boxes that score at least the threshold of the block. "
        "Set it to {threshold:g} (the block begins with {usual:g}; the board's scores differ "
        "from the computer's). A lower threshold shows more boxes, wrong ones among them; a higher one hides right "
        "ones."
    ),
    "speed": (
        "Speed\nBetween {at_least:g} and {at_most:g} pictures a second (an estimate, not measured on your board)."
    ),
    "milliseconds": (
        "Speed\nThe network takes between {at_least:g} and {at_most:g} milliseconds for a picture (an estimate from "
        "its multiplications, not measured on your board; camera and program come on top)."
    ),
    "end": "report.json has all the numbers, and the names of the files whose answer changed.",
}

THAI: Final = {
    "photos": "รูป",
    "clips": "เสียง",
    "IMAGE_CLASSIFICATION": "แยกแยะรูปภาพ",
    "OBJECT_DETECTION": "หาสิ่งของในรูปภาพ",
    "VOICE_CLASSIFICATION": "แยกแยะคำพูด",
    "title": "โมเดลสำหรับบอร์ด {board}\n\nโมเดลนี้ใช้{does} โครงข่ายคือ {model}",
    "install": (
        "วิธีนำไปใช้บนบอร์ด\n1. วิธีที่ง่ายที่สุด: กดปุ่มดาวน์โหลดใน KidBright IDE แล้วโปรแกรมจะจัดการให้เอง\n"
        "2. ทำเอง: คัดลอก {files} และ labels.txt ไปไว้ในโฟลเดอร์โปรแกรมของเราในการ์ดหน่วยความจำของบอร์ด\n"
        "labels.txt คือชื่อป้ายกำกับ เรียงตามลำดับที่โมเดลใช้"
    ),
    "quality": (
        "โมเดลเก่งแค่ไหน\nลองกับ{thing} {used} {thing}ที่โมเดลไม่เคยเรียนมาก่อน\n"
        "- บนคอมพิวเตอร์: {float}\n- บนบอร์ด: {board}\n- ตอบเหมือนกันทั้งสองที่: {same}"
    ),
    "percent": "{percent:g} % ({measure})",
    "right": (
        "ตอบถูก {right} จาก {checked} {thing} ถ้ามี{thing}ใหม่ 100 {thing} ป้ายละเท่า ๆ กัน "
        "น่าจะตอบถูก {expect_least} ถึง {expect_most} {thing}"
    ),
    "same": (
        "{same} จาก {compared} {thing} ถ้ามี{thing}ใหม่ 100 {thing} น่าจะเหมือนกัน {expect_least} ถึง {expect_most} {thing}"
    ),
    "raw_output": (
        'ค่า "probability" บนบอร์ดหมายถึงอะไร\nโปรแกรมบนบอร์ดแสดงค่าผลลัพธ์ดิบที่มากที่สุดของโครงข่าย ไม่ใช่เปอร์เซ็นต์ '
        "จึงเห็นค่าอย่าง 7.3 ได้ตามปกติ ยิ่งมากแปลว่าโมเดลยิ่งมั่นใจ ให้เทียบกับค่าที่เคยเห็นตอนตอบถูก "
        "(คอมพิวเตอร์แปลงค่าเดียวกันนี้เป็นเปอร์เซ็นต์ด้วย Softmax แต่ยังไม่รู้ว่าบอร์ดทำได้ไหม)"
    ),
    "unknown": (
        "ไม่ใช่ป้ายไหนเลย\nถ้าค่าผลลัพธ์ดิบที่มากที่สุดบนบอร์ดต่ำกว่า {limit:g} สิ่งนั้นน่าจะไม่ใช่ป้ายไหนเลย "
        "ถ้ามี{thing}ใหม่ของป้ายเรา 100 {thing} ประมาณ {kept} {thing}จะได้ถึงค่านี้ {tried}"
    ),
    "not_tried": "ส่วนของอย่างอื่นจะรู้ได้บ่อยแค่ไหนยังไม่ได้วัด ลองให้ดูของอย่างอื่นแล้วสังเกตดูนะ",
    "tried": (
        "ลองซ่อนป้าย {hidden} ป้ายจาก {labels} ป้าย ทีละป้าย ไม่ให้โมเดลแบบด่วนตอนเริ่มฝึกได้เรียน "
        "แล้วให้ดูรูปของป้ายที่ซ่อนไว้ {checked} รูป โมเดลบอกได้ว่าไม่ใช่ป้ายไหนเลย {right} รูป ของอย่างอื่นอาจบอกได้บ่อยกว่านี้หรือน้อยกว่านี้"
    ),
    "threshold": (
        "คะแนนและค่า threshold\nทุกกรอบมีคะแนนตั้งแต่ 0 ถึง 1 ยิ่งมากแปลว่าโมเดลยิ่งมั่นใจ บอร์ดจะแสดงเฉพาะกรอบที่ได้คะแนนไม่ต่ำกว่าค่า "
        "threshold ของบล็อก ให้ตั้งเป็น {threshold:g} (บล็อกเริ่มต้นที่ {usual:g} "
        "แต่คะแนนบนบอร์ดไม่เท่ากับบนคอมพิวเตอร์) ถ้าตั้งต่ำกว่านี้จะเห็นกรอบมากขึ้นแต่มีกรอบที่ผิดด้วย "
        "ถ้าตั้งสูงกว่านี้กรอบที่ถูกอาจหายไป"
    ),
    "speed": "ความเร็ว\nประมาณ {at_least:g} ถึง {at_most:g} ภาพต่อวินาที (ค่าประมาณ ไม่ได้วัดจากบอร์ดจริง)",
    "milliseconds": (
        "ความเร็ว\nโครงข่ายใช้เวลาประมาณ {at_least:g} ถึง {at_most:g} มิลลิวินาทีต่อหนึ่งภาพ "
        "(ค่าประมาณจากจำนวนการคูณ ไม่ได้วัดจากบอร์ดจริง ยังไม่รวมเวลาของกล้องและโปรแกรม)"
    ),
    "end": "ตัวเลขทั้งหมดและชื่อไฟล์ที่คำตอบเปลี่ยนไปอยู่ใน report.json",
}
