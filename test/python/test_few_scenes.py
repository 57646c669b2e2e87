"""What is reported where photos show few scenes and clips are copies."""

import numpy as np
from mai.data.few_scenes import notify_copies, notify_few_scenes, notify_shared_by_lists, scenes_for_report
from mai.data.groups import Groups, alone
from mai.data.split import Split
from photo_project import events_of


class TestNotices:
    LABELS = ("cat", "dog")

    def sent(self, capsys, scenes, strata, validation, notify=notify_few_scenes):
        groups = Groups(np.array(scenes), np.array(scenes))
        split = Split(tuple(row for row in range(len(scenes)) if row not in validation), tuple(validation))
        notify(groups, strata, self.LABELS, split)
        return [{k: e[k] for k in e if k not in ("event", "time", "msg")} for e in events_of(capsys.readouterr().out)]

    def test_few_scenes_are_said_of_the_labels_that_have_few(self, capsys):
        scenes = [0] * 8 + [8] * 8 + list(range(16, 32))
        sent = self.sent(capsys, scenes, [0] * 16 + [1] * 16, range(8, 19))
        assert sent == [{"code": "photos_of_few_scenes", "count": 16, "scenes": 2, "names": "cat"}]

    def test_nothing_is_said_of_many_scenes_or_of_different_photos(self, capsys):
        assert not self.sent(capsys, list(range(32)), [0] * 16 + [1] * 16, range(8, 19))
        many = [row // 8 * 8 for row in range(240)]
        assert not self.sent(capsys, many, [0] * 120 + [1] * 120, range(8))

    def test_a_label_of_one_scene_is_said(self, capsys):
        sent = self.sent(capsys, [0] * 8 + list(range(8, 16)), [0] * 8 + [1] * 8, [1, 9])
        assert {"code": "label_of_one_scene", "count": 1, "names": "cat"} in sent

    def test_copied_clips_are_counted(self, capsys):
        sent = self.sent(capsys, [0, 0, 2, 2], [0, 0, 1, 1], [0, 2], notify_copies)
        assert sent[0] == {"code": "clips_are_copies", "count": 4, "different": 2}
        assert sent[1] == {"code": "label_of_one_clip", "count": 2, "names": "cat, dog"}
        assert not self.sent(capsys, [0, 1, 2, 3], [0, 0, 1, 1], [0, 2], notify_copies)

    def test_lists_with_photos_of_one_scene(self, capsys):
        groups = Groups(np.array([0, 0, 2, 3]), np.arange(4))
        notify_shared_by_lists(groups, Split((0, 2), (1, 3)))
        (sent,) = events_of(capsys.readouterr().out)
        assert (sent["code"], sent["count"], sent["total"]) == ("lists_share_scenes", 1, 2)
        notify_shared_by_lists(alone(4), Split((0, 2), (1, 3)))
        assert not capsys.readouterr().out

    def test_the_report_counts_scenes(self):
        groups = Groups(np.array([0, 0, 2, 3]), np.arange(4))
        assert scenes_for_report(groups, Split((0, 2), (1, 3))) == {"scenes": 3, "held_back": 2, "twins": 1}
