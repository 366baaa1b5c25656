"""What was published about the networks: the numbers behind the chart of complexity against error.

Parameters and multiply-adds (input 224, counted once) are exact counts, and this kit's tests reproduce them. The
errors are ImageNet's top-5, in percent, of one network on the central 224x224 crop, of the usual public weights; those
of the competitions were lower, as several networks and many crops were averaged there.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COMPETITION_TOP5_ERROR", "PUBLISHED", "Published"]


@dataclass(frozen=True)
class Published:
    """One network; `multiply_adds` in G, `top5_error` in percent."""

    name: str
    family: str
    year: int
    parameters: int
    multiply_adds: float
    top5_error: float


PUBLISHED = (
    Published("AlexNet", "AlexNet", 2012, 61_100_840, 0.714, 20.91),
    Published("VGG-11", "VGG", 2014, 132_863_336, 7.609, 11.37),
    Published("VGG-13", "VGG", 2014, 133_047_848, 11.308, 10.75),
    Published("VGG-16", "VGG", 2014, 138_357_544, 15.470, 9.62),
    Published("VGG-19", "VGG", 2014, 143_667_240, 19.632, 9.12),
    Published("GoogLeNet", "Inception", 2014, 6_624_904, 1.498, 10.47),
    Published("ResNet-18", "ResNet", 2015, 11_689_512, 1.814, 10.92),
    Published("ResNet-34", "ResNet", 2015, 21_797_672, 3.664, 8.58),
    Published("ResNet-50", "ResNet", 2015, 25_557_032, 4.089, 7.13),
    Published("ResNet-101", "ResNet", 2015, 44_549_160, 7.801, 6.44),
    Published("ResNet-152", "ResNet", 2015, 60_192_808, 11.514, 5.94),
    Published("ResNeXt-50", "ResNeXt", 2016, 25_028_904, 4.230, 6.30),
    Published("Wide ResNet-50-2", "Wide ResNet", 2016, 68_883_240, 11.398, 5.91),
    Published("DenseNet-121", "DenseNet", 2016, 7_978_856, 2.834, 7.83),
    Published("DenseNet-169", "DenseNet", 2016, 14_149_480, 3.360, 7.00),
    Published("DenseNet-201", "DenseNet", 2016, 20_013_928, 4.291, 6.43),
    Published("SqueezeNet 1.0", "SqueezeNet", 2016, 1_248_424, 0.819, 19.58),
    Published("SqueezeNet 1.1", "SqueezeNet", 2016, 1_235_496, 0.349, 19.38),
    Published("ShuffleNet v2", "ShuffleNet", 2018, 2_278_604, 0.145, 11.68),
)

COMPETITION_TOP5_ERROR = {"AlexNet": 16.4, "ZFNet": 11.7, "VGG": 7.3, "GoogLeNet": 6.7, "ResNet-152": 3.57}
