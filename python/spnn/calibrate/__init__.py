"""calibrate: make the table of scales from an optimised float network and photos."""

from spnn.calibrate.statistics import BlobStatistics, collect
from spnn.calibrate.vendor import calibrate, vendor_table

__all__ = ["BlobStatistics", "calibrate", "collect", "vendor_table"]
