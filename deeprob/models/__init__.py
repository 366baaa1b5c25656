"""Networks that are given, one family a module: built on the meta device they cost milliseconds and no memory.

    with torch.device("meta"):
        net = densenet(121)

What is an exercise (LeNet-5, VGG, Inception, residual blocks, ResNet) is not here; networks that are made of such
parts take them as arguments. Layers and names are those of the usual public weights: see `load_public_weights`.
"""

from deeprob.models.alexnet import alexnet, alexnet_two_towers
from deeprob.models.catalogue import Entry, catalogue
from deeprob.models.densenet import DenseBlock, DenseLayer, densenet
from deeprob.models.fractalnet import FractalBlock, FractalNet, Join
from deeprob.models.googlenet import AuxiliaryHead, GoogLeNet, googlenet
from deeprob.models.layers import ConvBNReLU
from deeprob.models.public_weights import load_public_weights
from deeprob.models.published import COMPETITION_TOP5_ERROR, PUBLISHED, Published
from deeprob.models.shufflenet import ChannelShuffle, ShuffleUnit, shufflenet_v2
from deeprob.models.small import small_convnet, small_inception, small_resnet, wide_resnet
from deeprob.models.squeezenet import Fire, squeezenet
from deeprob.models.zfnet import zfnet

__all__ = [
    "COMPETITION_TOP5_ERROR",
    "PUBLISHED",
    "AuxiliaryHead",
    "ChannelShuffle",
    "ConvBNReLU",
    "DenseBlock",
    "DenseLayer",
    "Entry",
    "Fire",
    "FractalBlock",
    "FractalNet",
    "GoogLeNet",
    "Join",
    "Published",
    "ShuffleUnit",
    "alexnet",
    "alexnet_two_towers",
    "catalogue",
    "densenet",
    "googlenet",
    "load_public_weights",
    "shufflenet_v2",
    "small_convnet",
    "small_inception",
    "small_resnet",
    "squeezenet",
    "wide_resnet",
    "zfnet",
]
