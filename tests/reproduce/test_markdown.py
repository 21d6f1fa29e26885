import pytest

from sk_mnist_mlp.reproduce.markdown import markdown_table


def test_the_first_column_is_to_the_left_and_the_others_to_the_right():
    table = markdown_table(("name", "s"), [("a", "1.5"), ("longer", "12")])
    assert table.splitlines() == [
        "| name   |   s |",
        "| ------ | --: |",
        "| a      | 1.5 |",
        "| longer |  12 |",
    ]


def test_a_table_without_rows_is_its_header():
    assert markdown_table(("name", "seconds"), []).splitlines() == [
        "| name | seconds |",
        "| ---- | ------: |",
    ]


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="shorter"):
        markdown_table(("name", "s"), [("a",)])
