"""calibrate: make the table of scales from an optimised float network and photos."""

from spnn.calibrate.statistics import BlobStatistics, collect, collect_and_run
from spnn.calibrate.vendor import calibrate, vendor_table

__all__ = ["BlobStatistics", "calibrate", "collect", "collect_and_run", "vendor_table"]
