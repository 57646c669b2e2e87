from mai.data.stored_name import stored_name


def test_names_that_fit_stay():
    for name in ("a.jpg", "แมว", "🐱.png", ".hidden", "x" * 200):
        assert stored_name(name) == name


def test_long_names_are_those_of_the_server():
    # the same number is in test/unit/stored-name.test.ts
    assert stored_name("ก" * 100) == "ก" * 66 + "~4f2fe873239f54c4"
    photo, boxes = stored_name("ก" * 199 + ".jpg"), stored_name("ก" * 199 + ".xml")
    assert photo[:-4] == boxes[:-4]
    assert len(photo.encode()) <= 255
