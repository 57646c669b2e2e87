"""Write the inputs of `quantize` (two model files and the table) and the int8 network that it makes of them."""

from __future__ import annotations

from pathlib import Path

from spnn.format.graph import Graph
from spnn.format.model_files import read_model, write_model
from spnn.format.table import Table, read_table, write_table
from spnn.log import Log
from spnn.quantize import quantize

from mai.convert.check_int8 import check_int8, check_table
from mai.convert.replace_clip_with_relu import replace_clip_with_relu
from mai.convert.tie_concat_scales import tie_concat_scales

FILES = ("model_opt.param", "model_opt.bin", "model_opt.table", "model_int8.param", "model_int8.bin")


def prepare(optimised: Graph, table: Table) -> tuple[Graph, Table]:
    """The input of `quantize`: Clips as ReLUs, scales of Concats tied. Raises MaiError for an unusable table."""
    graph, table, _ = replace_clip_with_relu(optimised, table)
    table, _ = tie_concat_scales(graph, table)
    check_table(graph, table)
    return graph, table


def quantised(optimised: Graph, table: Table) -> Graph:
    """The int8 network in memory, for measuring. Raises MaiError if its integers cannot work."""
    int8 = quantize(*prepare(optimised, table))
    check_int8(int8)
    return int8


def write_int8(build: Path, optimised: Graph, table: Table, log: Log | None = None) -> tuple[Graph, Graph]:
    """Write model_opt.param, .bin, .table and model_int8.param, .bin; the prepared and the int8 network.

    The files are read back before they are quantised, because the text of a table keeps only six decimals.
    So the same command on the same three files gives the same bytes.
    """
    opt_files, table_file = (build / "model_opt.param", build / "model_opt.bin"), build / "model_opt.table"
    graph, table = prepare(optimised, table)
    write_model(graph, *opt_files)
    write_table(table, table_file)
    graph, table = read_model(*opt_files), read_table(table_file)
    check_table(graph, table)
    int8 = quantize(graph, table, log)
    check_int8(int8)
    write_model(int8, build / "model_int8.param", build / "model_int8.bin")
    return graph, read_model(build / "model_int8.param", build / "model_int8.bin")
