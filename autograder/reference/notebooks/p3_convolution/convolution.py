# %% [markdown] id="title"
# {{badge}}
#
# # Convolution
#
# A linear classifier has one template for each class, tied to its place: an object that moves is lost. Make
# the template small and let it move instead. At each place of the image it answers how well the image fits
# there, and the answers are an image again. That is a convolution. It needs few weights, it does not care
# where an object lies, and it is what every network that looks at pictures is made of.
#
# ![Four panels. A photograph of a pagoda and what three kernels make of it: blurred, sharpened, and its edges
# in blue and orange. A kernel that is learned by gradient descent, from noise to the edge kernel. Bars of the
# time that a convolution takes with loops, as one matrix product, and in PyTorch.](images/convolution_opening.png)
#
# **By the end** you will have filtered photographs with kernels of your own, written a convolutional layer
# forward and backward, seen that its backward pass is a convolution too, let gradient descent find a kernel,
# and made the layer more than ten times faster by turning it into one matrix product.
#
# | | |
# | --- | --- |
# | Time | five to seven hours; the notebook itself runs in less than a minute on a CPU |
# | You need | projects 1 and 2: gradients, layers with `forward` and `backward` |
# | You write | half of `convolutional_networks.py`: eight questions, 53 points, and one answer in words, 3 points |

# %% [markdown] id="setup-text"
# ## Set-up
#
# Run this cell first. It finds the course kit and your files, and says where they are. On Colab your files
# live in your Google Drive, under `deeprob/{{assignment}}`, so that they are still there tomorrow. On your
# own machine, open this notebook from the folder in which it came. The card names your file of project 2 too;
# it need not be finished for this notebook.

# %% id="setup"
import contextlib
import subprocess
import sys
from pathlib import Path

kit = next((p for p in (Path.cwd(), *Path.cwd().parents) if (p / "deeprob/workspace.py").is_file()), None)
if "google.colab" in sys.modules:  # your files live in Google Drive; the kit comes from there or from GitHub
    with contextlib.suppress(Exception):
        from google.colab import drive

        drive.mount("/content/drive")
    kit, zipped = "/content/{{assignment}}", "/content/drive/MyDrive/deeprob/{{assignment}}.zip"
    clone = f"git clone -q --depth=1 --branch={{branch}} https://github.com/{{repository}} {kit}"
    subprocess.run(f"test -d {kit} || unzip -q {zipped} -d /content 2>/dev/null || {clone}", shell=True, check=True)
sys.path.insert(0, str(kit or Path.cwd()))
from autograder.notebook import start

workspace, check = start("{{assignment}}")

# %% [markdown] id="files-text"
# You write your code in `convolutional_networks.py`, at the path above. Save it, and the next cell that you
# run uses the new version. There is nothing to restart.

# %% id="student"
STUDENT_NAME = ""  # @param {type:"string"}
STUDENT_ID = ""  # @param {type:"string"}

# %% [markdown] id="data-text"
# ## 1. A window that moves
#
# Two photographs to work on: a pagoda and a flower, with pixels between 0 and 1. (The pagoda is by
# danielbuechele, the flower by vultilion, both CC BY 2.0; scikit-learn brings them along.)

# %% id="data"
import time

import torch
from sklearn.datasets import load_sample_image
from torch.nn import functional

from deeprob import plotting
from deeprob.gradient_check import compare_gradients, compute_numeric_gradient
from deeprob.widgets import convolution_stepper, gradient_error_map

torch.set_num_threads(1)  # these tensors are small: more threads would only wait for one another
cnn = workspace.exercise("convolutional_networks")  # your file
photographs = {name: torch.tensor(load_sample_image(name)).permute(2, 0, 1) for name in ("china.jpg", "flower.jpg")}
pagoda = photographs["china.jpg"][:, 10:290, 50:370] / 255  # (3, 280, 320)
flower = photographs["flower.jpg"][:, 80:368, 160:448] / 255  # (3, 288, 288)
grey = pagoda.mean(0)  # (280, 320)

# %% id="data-look"
names = ["pagoda, 280 × 320", "flower, 288 × 288", "pagoda in grey"]
plotting.signed_maps([pagoda, flower, grey[None]], names, title="Real pictures", columns=3, size=2)

# %% [markdown] id="explorer-text"
# Lay a small matrix $k$, the *kernel*, on the image $x$. Multiply each pixel with the number that lies on it,
# and add up. Then move the kernel by one pixel, and again:
#
# $$\text{out}_{ij} = \sum_{a=0}^{K_H - 1} \sum_{b=0}^{K_W - 1} x_{i+a,\, j+b} \; k_{ab}, \qquad
# x \in \mathbb{R}^{H \times W}, \quad \text{out} \in \mathbb{R}^{(H - K_H + 1) \times (W - K_W + 1)} .$$
#
# This is called *cross-correlation*. The output is smaller than the image: the kernel has to lie in it
# everywhere, and a kernel of width $K_W$ has only $W - K_W + 1$ places to lie.
#
# ![A three by three input with the numbers 0 to 8, the kernel 0, 1, 2, 3, and the output, half filled: 19 and
# 25. The window of the second step is framed, and below stands its sum.](images/stepper.png)
#
# Step through it. Choose other kernels, or write your own. What does the *identity* kernel do? Which kernel
# gives 0 wherever the image is constant? Leave padding, stride, channels and the way back for later.

# %% id="explorer"
convolution_stepper()

# %% [markdown] id="corr2d"
# A kernel whose numbers add up to 0, such as *edge*, is blind to constant regions and answers to changes: all
# of them, or those in one direction.
#
# **Task.** Write `corr2d` in `convolutional_networks.py`. Two loops over the places of the output are fine.
# Its docstring says what it takes and returns.

# %%
check("convolutional_networks.corr2d")

# %% [markdown]
# Some kernels of $3 \times 3$ that will be used again:

# %% id="kernels"
edges = torch.tensor([[-1.0, -1, -1], [-1, 8, -1], [-1, -1, -1]])
sharpen = torch.tensor([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]])
sobel = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])  # left minus right

# %% [markdown]
# **Experiment.** Two examples that you can follow on paper: the one of the picture above, and one window of
# brightnesses with a kernel that compares left with right.

# %% id="corr2d-experiment"
image, kernel = torch.arange(9.0).view(3, 3), torch.arange(4.0).view(2, 2)
out = cnn.corr2d(image, kernel)
plotting.number_grids({"input": image, "kernel": kernel, "output": out}, signs="∗=", title="0 + 1 + 6 + 12 = 19")
patch = torch.tensor([[200.0, 150, 150], [100, 50, 100], [25, 25, 10]])
print(f"left minus right: {float(cnn.corr2d(patch, sobel)):.0f} (maximum {patch.max():.0f}, mean {patch.mean():.0f})")

# %% [markdown]
# You should see 19, 25, 37 and 43, and 65 for the patch: it is brighter at its left.
#
# **Experiment.** The same function on a photograph, with five kernels. About two seconds.

# %% id="filters-experiment"
half = functional.avg_pool2d(grey[None], 2)[0]  # (140, 160): half the size
blurred, sharp = cnn.corr2d(half, torch.ones(5, 5) / 25), cnn.corr2d(half, sharpen)
maps = [half[None], blurred[None], sharp.clamp(0, 1)[None]]  # shown in grey
maps += [cnn.corr2d(half, k) for k in (edges, sobel, sobel.T)]  # shown in blue and orange
captions = ["image", "blur: the mean of 5 × 5", "sharpen", "edges", "left − right", "top − bottom"]
plotting.signed_maps(maps, captions, columns=3, title="One operation, five kernels", size=2.1)

# %% [markdown]
# Blue is positive, orange negative. The kernel *left − right* should answer to the columns of the pagoda and
# not to its roofs, *top − bottom* the other way round.
#
# **Experiment.** How much does this save? The difference of each pixel and its right neighbour, once as a
# kernel of width 2 and height 1, and once as a matrix product, which could do any linear map. A second.

# %% id="saving-experiment"
difference = cnn.corr2d(grey, torch.tensor([[-1.0, 1.0]]))
(H, W), (rows, columns) = grey.shape, difference.shape
print(f"{W} x {H} pixels become {columns} x {rows} (width x height)")
print(f"as a kernel: 2 weights, {3 * rows * columns:,} multiplications and additions")
print(f"as a matrix: {H * W * rows * columns:,} weights, nearly all of them 0")

# %% [markdown]
# You should see $319 \times 280$, and a quarter of a million operations against eight thousand million
# weights. Few weights, used again at each place: this is what makes it possible to learn them.

# %% [markdown] id="conv2d-true"
# ## 2. The kernel turned round
#
# What mathematics calls *convolution* turns the kernel by 180 degrees first:
#
# $$\text{out}_{ij} = \sum_{a, b} x_{i+a,\, j+b} \; k_{K_H - 1 - a,\, K_W - 1 - b} .$$
#
# A layer that learns its kernel does not care; deep learning says convolution and computes
# cross-correlation. Two things make the turned form worth knowing. Convolutions can be put together:
# $(x * a) * b = x * (a * b)$. And it comes up by itself, in the gradient.
#
# **Task.** Write `conv2d_true` in `convolutional_networks.py`.

# %%
check("convolutional_networks.conv2d_true")

# %% [markdown]
# **Experiment.** One bright pixel shows a kernel's true face.

# %% id="impulse-experiment"
dot = torch.zeros(5, 5)
dot[2, 2] = 1
kernel = torch.arange(1.0, 10.0).view(3, 3)
grids = {"kernel": kernel, "input": dot}
grids |= {"correlation": cnn.corr2d(dot, kernel), "convolution": cnn.conv2d_true(dot, kernel)}
plotting.number_grids(grids, title="Convolution puts the kernel where the dot is; correlation turns it", size=0.36)

# %% [markdown]
# **Experiment.** Two kernels after one another, and one kernel made of the two. Is it the same?

# %% id="compose-experiment"
torch.manual_seed(0)
x, a, b = torch.randn(12, 12), torch.randn(3, 3), torch.randn(3, 3)
for name, operation in (("convolution", cnn.conv2d_true), ("correlation", cnn.corr2d)):
    together = operation(functional.pad(a, (2, 2, 2, 2)), b)  # (5, 5): a with b slid over all of it
    gap = (operation(operation(x, a), b) - operation(x, together)).abs().max()
    print(f"{name}: 3 x 3 after 3 x 3 and one {tuple(together.shape)} differ by {float(gap):.1g}")

# %% [markdown]
# For convolution the difference should be rounding, near $10^{-6}$; for correlation it is large. So two linear
# layers of $3 \times 3$ are one of $5 \times 5$: to gain anything, something nonlinear must stand between.

# %% [markdown] id="padding"
# ## 3. Padding and stride
#
# Each layer costs the image its border. *Padding* gives it back: $P$ rows and columns of zeros on each side
# before the kernel moves. With a *stride* $S$ the kernel moves by $S$ pixels at a time, and the output
# becomes smaller by that factor:
#
# $$H' = 1 + \left\lfloor \frac{H + 2P - K_H}{S} \right\rfloor, \qquad
# W' = 1 + \left\lfloor \frac{W + 2P - K_W}{S} \right\rfloor .$$
#
# Go back to the stepper and set `pad` to 1, then `stride` to 2. When does the last column of the input never
# come into a window?

# %% [markdown]
# **Experiment.** The first example again, with padding 1; then with a stride of 3 from row to row and of 2
# from column to column, which is nothing but leaving places out.

# %% id="padding-experiment"
image, kernel = torch.arange(9.0).view(3, 3), torch.arange(4.0).view(2, 2)
padded = functional.pad(image, (1, 1, 1, 1))
full = cnn.corr2d(padded, kernel)
grids = {"padded input": padded, "kernel": kernel, "stride 1": full, "strides 3 and 2": full[::3, ::2]}
plotting.number_grids(grids, signs="∗=→", title="With padding 1 the output is larger than the input", size=0.38)
x, sizes = torch.randn(32, 32), [32]
while min(x.shape) >= 5:
    x = cnn.corr2d(x, torch.ones(5, 5) / 25)
    sizes.append(len(x))
print(f"5 x 5 kernels without padding: {' → '.join(map(str, sizes))} pixels")

# %% [markdown]
# You should see `[[0, 3, 8, 4], [9, 19, 25, 10], [21, 37, 43, 16], [6, 7, 8, 0]]`, of which the strides leave
# `[[0, 8], [6, 8]]`. Without padding, 32 pixels are down to 28 after one layer, and to 4 after seven.
#
# **Experiment.** What zeros do at the border. The image is 1 everywhere; blur it, with padding, and again.

# %% id="border-experiment"
constant, blur = torch.ones(24, 24), torch.ones(5, 5) / 25
results = [constant]
for _ in range(4):
    results.append(cnn.corr2d(functional.pad(results[-1], (2, 2, 2, 2)), blur))
captions = [f"after {n}: corner {float(results[n][0, 0]):.2f}" for n in (0, 1, 2, 4)]
with plotting.figure(8, 2.4, alt="The dark border grows layer by layer: " + ", ".join(captions), columns=4) as axes:
    for ax, n, caption in zip(axes, (0, 1, 2, 4), captions, strict=True):
        ax.imshow(results[n].numpy(), vmin=0, vmax=1)
        ax.axis("off")
        ax.set_title(caption, fontsize=9)

# %% [markdown]
# The image was the same everywhere; the output is not. The corner should fall to 0.36 at once, and with each
# layer the border reaches further in.

# %% [markdown] id="padding-words"
# ### In words: what padding is for
#
# (a) Why would a network of many $5 \times 5$ layers without padding be a bad idea? Give two reasons, one of
# which has to do with the pixels at the border. (b) Which padding keeps the size at stride 1, and why are
# kernels nearly always of odd size? (c) Look at the last picture. Can a network with zero padding find out
# where in the image it is? Name a case in which that helps or harms. Three to five sentences.

# %% [markdown] written="convolutional_networks.inline_padding"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) Each layer takes away $K - 1 = 4$ rows and columns, so that 32 pixels are used up after seven layers:
# the size of the image would limit the depth. And a pixel in the corner lies in one window only, one in the
# middle in 25: what is at the border hardly counts, layer after layer less.
#
# (b) $H' = H + 2P - K + 1 = H$ gives $P = (K - 1) / 2$, a whole number only where $K$ is odd. For even $K$
# one side would need more padding than the other, and the output would be shifted by half a pixel.
#
# (c) Yes: the zeros make a border that filters can detect, and through many layers it is felt further and
# further in, so that the layer is no longer exactly the same everywhere. It helps where the place tells
# something (sky above, ground below; a face that is centred). It harms where an object at the border should be
# recognized as well as one in the middle: its features are weakened or mixed with an edge that is not there.
# (Repeating or mirroring the border pixels is a remedy.)
#
# *Points: 1 for shrinking and the neglected border; 1 for (K - 1) / 2 and odd; 1 for (c) with a case.*
# ### END SOLUTION

# %% [markdown] id="conv-forward"
# ## 4. A layer
#
# Images have $C$ channels: three colours at first, and later as many as the layer before has filters. A
# filter is as deep as the image. It has one kernel for each channel, and the sums are added up together with
# a bias. $F$ filters give $F$ output channels:
#
# $$\underbrace{\text{out}_{nfij}}_{(N,\, F,\, H',\, W')} = b_f + \sum_{c, a, b}
# \underbrace{x^{\text{pad}}_{n,\, c,\, iS + a,\, jS + b}}_{(N,\, C,\, H + 2P,\, W + 2P)} \;
# \underbrace{w_{fcab}}_{(F,\, C,\, K_H,\, K_W)} .$$
#
# The filters are not turned. Count: $F \cdot (C K_H K_W + 1)$ parameters, whatever the size of the image. Here
# is one filter on two channels, with stride 2:

# %% id="explorer-channels"
convolution_stepper(input="slope, 5 × 5", kernel="Sobel", channels=2, stride=2)

# %% [markdown]
# **Task.** Write `Conv.forward` in `convolutional_networks.py`. One loop over rows and one over columns of the
# output is a good way: all images, channels and filters of a place can go in one product. Pad by copying the
# image into a larger tensor of zeros. `pad` may be 0, and then a slice that ends at `-pad` is empty.

# %%
check("convolutional_networks.Conv.forward")

# %% [markdown]
# **Experiment.** Four filters of $3 \times 3$ on three channels, made by hand: brightness, left minus right,
# orange against blue, and the edges of the red channel. About a second.

# %% id="conv-forward-experiment"
w, b = torch.zeros(4, 3, 3, 3), torch.zeros(4)
w[0] = 1 / 27  # the mean of all
w[1] = sobel  # in every channel
w[2, 0], w[2, 2] = 1 / 9, -1 / 9  # red minus blue
w[3, 0] = edges  # red alone
x = functional.avg_pool2d(flower, 2)[None]  # (1, 3, 144, 144)
out, _ = cnn.Conv.forward(x, w, b, {"stride": 1, "pad": 1})
gap = (out - functional.conv2d(x, w, b, padding=1)).abs().max()
print(f"{w.numel() + b.numel()} parameters; out {tuple(out.shape)}; differs from PyTorch's by {float(gap):.0e}")
captions = ["image", "brightness", "left − right", "red − blue", "edges of red"]
plotting.signed_maps([x[0], *out[0]], captions, columns=5, title="Each filter sees something else", size=1.7)

# %% [markdown]
# You should count 112 parameters. In the fourth picture, red minus blue, the flower should be blue, that is
# positive, and what is behind it slightly orange.

# %% [markdown] id="duality"
# ## 5. Backward
#
# The gradient of a convolution is a convolution. Take one channel, $\text{out} = \text{corr2d}(x, k)$, and let
# $d$ be the upstream gradient, $d_{ij} = \partial L / \partial \text{out}_{ij}$. Each product
# $x_{i+a,\, j+b}\, k_{ab}$ that went into $\text{out}_{ij}$ gives to either factor the other one, times $d_{ij}$:
#
# $$\frac{\partial L}{\partial k_{ab}} = \sum_{i,j} x_{i+a,\, j+b}\; d_{ij}, \qquad
# \frac{\partial L}{\partial x_{pq}} = \sum_{a,b} d_{p-a,\, q-b} \; k_{ab} .$$
#
# Read them again. The first slides $d$ over $x$: it is $\text{corr2d}(x, d)$. In the second the indices run
# against one another: it is a true convolution of $d$ with $k$, after $d$ has been padded with $K - 1$ zeros on
# each side. Forward without turning, backward with it.

# %% [markdown]
# **Experiment.** Is it so? Your two functions against numeric derivatives. Then the other way round: what if
# the forward pass turns the kernel?

# %% id="duality-experiment"
torch.manual_seed(0)
x, k, d = (torch.randint(-2, 3, (n, n)).double() for n in (4, 2, 3))
pad = functional.pad(d, (1, 1, 1, 1))  # K - 1 = 1
claims = [
    (cnn.corr2d, "dk = corr2d(x, d)", k, cnn.corr2d(x, d)),
    (cnn.corr2d, "dx = conv2d_true(padded d, k)", x, cnn.conv2d_true(pad, k)),
    (cnn.conv2d_true, "dk = corr2d(x, d), turned", k, cnn.corr2d(x, d).flip(0, 1)),
    (cnn.conv2d_true, "dx = corr2d(padded d, k)", x, cnn.corr2d(pad, k)),
]
for forward, claim, argument, gradient in claims:
    numeric = compute_numeric_gradient(lambda _, forward=forward: forward(x, k), argument, d)
    print(f"forward {forward.__name__:>11}: {claim:<29} differs by {float((numeric - gradient).abs().max()):.0e}")
grids = {"padded d": pad, "kernel": k, "dx": cnn.conv2d_true(pad, k)}
plotting.number_grids(grids, signs="∗=", title="The gradient of x is a convolution of d")

# %% [markdown]
# All four differences should be tiny. Correlation forward needs convolution backward, and convolution forward
# needs correlation backward: each is the other's way back.
#
# **Experiment.** Why, in one picture. A convolution is linear, so there is a matrix $M$ with
# $\text{out} = M x$, images read as columns. Feed it images with a single 1, and its columns come out.

# %% id="matrix-experiment"
ones, k = torch.eye(25).view(25, 5, 5), torch.tensor([[1.0, 2, 3], [4, 5, 6], [-3, -2, -1]])
M = torch.stack([cnn.corr2d(one, k).flatten() for one in ones], dim=1)  # (9, 25)
d = torch.randn(3, 3)
back = cnn.conv2d_true(functional.pad(d, (2, 2, 2, 2)), k)  # (5, 5)
gap = float((M.T @ d.flatten() - back.flatten()).abs().max())
print(f"M is {tuple(M.shape)}: {M.numel()} entries, {int((M == 0).sum())} are 0, and only {k.numel()} are different")
print(f"M.T @ d and the convolution with the padded d differ by {gap:.0e}")
with plotting.figure(6.6, 2.9, alt="Nine rows; in each the nine weights of the kernel, moved along") as ax:
    ax.imshow(M.numpy(), cmap=plotting.style.DIVERGING, vmin=-6, vmax=6)
    ax.grid(False)
    ax.set(title="The matrix: one kernel, moved from row to row", xlabel="pixel of x", ylabel="place of out")

# %% [markdown]
# Each row is the kernel at one place. Going backward multiplies by $M^\top$, as in every linear layer, and the
# columns of $M$, read from top to bottom, hold the kernel in reverse order: this is where it is turned.

# %% [markdown] id="conv-backward"
# ### The layer's backward pass
#
# With padding, stride and channels, it is easiest to walk through the windows again, in the same order. At
# each place, $d = \text{dout}_{nfij}$ has three receivers:
#
# $$\text{d}w_{f} \mathrel{+}= d \cdot \text{window}, \qquad
# \text{d}x^{\text{pad}}[\text{window}] \mathrel{+}= d \cdot w_f, \qquad \text{d}b_f \mathrel{+}= d .$$
#
# Watch both ways: `dx` collects kernels, `dw` collects windows. Where windows overlap, `dx` *adds up*. At the
# end the grey border is cut off.
#
# ![The padded dx at the left, in which the kernel times one cell of the upstream gradient has just been
# added; the kernel; the upstream gradient with one cell framed.](images/stepper_backward.png)

# %% id="explorer-backward"
convolution_stepper(way="backward to the input", pad=1)

# %% [markdown]
# **Task.** Write `Conv.backward` in `convolutional_networks.py`.

# %%
check("convolutional_networks.Conv.backward")

# %% [markdown] id="mistakes"
# ### Where is it wrong?
#
# A gradient check that says "wrong" is a beginning; *where* it is wrong says why. Send a gradient of 1 back
# through a single cell, and the footprint that it leaves in `dx` must be the kernel, in the right place.
#
# ![Three heat maps of two images with two channels: the computed gradient, the expected one, and the relative
# error, in which the wrong places shine.](images/gradient_error.png)
#
# Here are six wrong gradients of a $3 \times 3$ convolution with padding 1, whose kernel grows from 1 to 9
# (channel 1: with a minus sign). What has each of them done? Choose them one by one.

# %% id="explorer-mistakes"
gradient_error_map()

# %% [markdown]
# A turned the kernel. B cut the padding off at the wrong side. C assigned where it should have added, so that
# later windows wiped out earlier ones. D forgot a channel. E moved by 1 pixel where the stride is 2. F took the
# mean over the two images instead of the sum; the caption says so, too.
#
# **Experiment.** Your own gradients against numeric ones, with stride 2 and an image that is not square. About
# a second.

# %% id="conv-backward-experiment"
torch.manual_seed(0)
x, w, b = torch.randn(2, 2, 6, 5).double(), torch.randn(3, 2, 3, 2).double(), torch.randn(3).double()
settings = {"stride": 2, "pad": 1}
out, cache = cnn.Conv.forward(x, w, b, settings)
dout = torch.randn_like(out)
pairs = {}
for name, argument, gradient in zip(("dx", "dw", "db"), (x, w, b), cnn.Conv.backward(dout, cache), strict=True):
    numeric = compute_numeric_gradient(lambda _: cnn.Conv.forward(x, w, b, settings)[0], argument, dout)
    pairs[name] = (gradient, numeric)
    print(compare_gradients(numeric, gradient, name))
gradient_error_map(pairs)

# %% [markdown]
# All three errors should be below $10^{-6}$, and the map dark.
#
# **Experiment.** Now nobody writes the kernel. Here are pictures and what some unknown kernel makes of them;
# your layer starts from noise and follows its gradient. About two seconds.

# %% id="learn-experiment"
torch.manual_seed(0)
x, settings = torch.randn(64, 1, 8, 8), {"stride": 1, "pad": 0}
target, _ = cnn.Conv.forward(x, sobel[None, None], torch.zeros(1), settings)  # (64, 1, 6, 6)
w, b, losses, kept = 0.5 * torch.randn(1, 1, 3, 3), torch.zeros(1), [], {}
for step in range(201):
    if step in (0, 5, 20, 200):
        kept[f"step {step}"] = w[0, 0].clone()
    out, cache = cnn.Conv.forward(x, w, b, settings)
    losses.append(float(((out - target) ** 2).mean()))
    _, dw, db = cnn.Conv.backward(2 * (out - target) / out.numel(), cache)
    w, b = w - 0.05 * dw, b - 0.05 * db
rounded = {name: (10 * kernel).round() / 10 for name, kernel in kept.items()}
plotting.number_grids({**rounded, "the unknown": sobel}, title="Gradient descent finds the kernel")
print(f"loss {losses[0]:.3g} at the start, {losses[-1]:.1e} after 200 steps")

# %% [markdown]
# After 20 steps the kernel should be recognizable, after 200 exact to the digit. From here on, kernels are not
# designed but learned.

# %% [markdown] id="im2col"
# ## 6. Windows as columns
#
# Your layer is right, and slow: each place costs some Python. kNN became a thousand times faster when its
# loops became one matrix product; a convolution can become one too. Copy each window into a column:
#
# $$\text{cols}_{n} = \big[\, \text{window}_0 \;\; \text{window}_1 \;\; \cdots \;\; \text{window}_{L-1} \big]
# \in \mathbb{R}^{C K_H K_W \times L}, \qquad L = H' W' .$$
#
# A filter is a row of $C K_H K_W$ numbers, and its answer at all places is that row times the matrix.

# %% id="im2col-look"
image = torch.arange(9.0).view(1, 1, 3, 3)
columns = functional.unfold(image, (2, 2))[0]  # (4, 4)
row = torch.arange(4.0).view(1, 4)
grids = {"input": image[0, 0], "its four windows as columns": columns}
plotting.number_grids(grids, signs="→", title="A pixel is copied into every window that it lies in")
grids = {"kernel, a row": row, "windows": columns, "output": row @ columns}
plotting.number_grids(grids, signs="·=", title="All places in one product")

# %% [markdown]
# **Task.** Write `im2col` in `convolutional_networks.py`, without a loop over places. `Tensor.unfold` makes all
# windows of one axis as a view; or loop over the entries of the kernel, which are few: entry $(a, b)$ of all
# windows is a slice of the image with steps of `stride`.

# %%
check("convolutional_networks.im2col")

# %% [markdown]
# **Experiment.** What does the copying cost? How much larger are the columns than the image?

# %% id="im2col-experiment"
x = flower[None]  # (1, 3, 288, 288)
for size, stride in ((1, 1), (3, 1), (5, 1), (7, 1), (7, 2)):
    cols = cnn.im2col(x, (size, size), stride, size // 2)
    factor = cols.numel() / x.numel()
    print(f"{size} x {size}, stride {stride}: {tuple(cols.shape)}, {factor:4.1f} times the image")

# %% [markdown]
# The price is memory: $K^2$ times the image at stride 1, 9 for a $3 \times 3$ kernel. It is worth it.

# %% [markdown] id="col2im"
# ## 7. And back
#
# Backward, a gradient arrives for each entry of the columns and has to go to the pixel that it was copied
# from. A pixel in several windows adds up what comes from all of them. That is `col2im`, the *adjoint* of
# `im2col`: with the inner product $\langle u, v \rangle = \sum_i u_i v_i$,
#
# $$\langle \text{im2col}(x),\, c \rangle = \langle x,\, \text{col2im}(c) \rangle \quad \text{for all } x, c .$$
#
# **Task.** Write `col2im` in `convolutional_networks.py`.

# %%
check("convolutional_networks.col2im")

# %% [markdown]
# **Experiment.** The equation, and the difference between an adjoint and an inverse: from an image of ones and
# back again, each pixel comes home as often as it has been copied.

# %% id="col2im-experiment"
torch.manual_seed(0)
x, setting = torch.randn(2, 3, 7, 7).double(), ((3, 3), 2, 1)
cols = cnn.im2col(x, *setting)
c = torch.randn_like(cols)
left, right = float((cols * c).sum()), float((x * cnn.col2im(c, x.shape, *setting)).sum())
print(f"<im2col(x), c> = {left:.10f}, <x, col2im(c)> = {right:.10f}")
ones, counts = torch.ones(1, 1, 7, 7), {}
for stride in (1, 2, 3):
    cols = cnn.im2col(ones, (3, 3), stride, 0)
    counts[f"3 × 3, stride {stride}"] = cnn.col2im(cols, ones.shape, (3, 3), stride, 0)[0, 0]
plotting.number_grids(counts, title="How many windows a pixel lies in", size=0.3)

# %% [markdown]
# Both sides should agree in all digits. With stride 3 the windows do not overlap, and the last row and column
# are in none.

# %% [markdown] id="fast-forward"
# ## 8. A convolution as one product
#
# With the filters as rows of a matrix, $(F, C K_H K_W)$, the whole layer is
#
# $$\underbrace{\text{out}_n}_{(F,\, L)} = \underbrace{w}_{(F,\, C K_H K_W)} \;
# \underbrace{\text{cols}_n}_{(C K_H K_W,\, L)} + \underbrace{b}_{(F,\, 1)} .$$
#
# **Task.** Write `FastConv.forward` in `convolutional_networks.py`. Keep in the cache what `backward` needs.

# %%
check("convolutional_networks.FastConv.forward")

# %% [markdown] id="fast-backward"
# ### Backward again
#
# It is a linear layer now, and you know its gradients from project 2. With $D_n$, $(F, L)$, the upstream
# gradient,
#
# $$\text{d}w = \sum_n D_n \, \text{cols}_n^\top, \qquad \text{dcols}_n = w^\top D_n, \qquad
# \text{d}x = \text{col2im}(\text{dcols}) .$$
#
# **Task.** Write `FastConv.backward` in `convolutional_networks.py`.

# %%
check("convolutional_networks.FastConv.backward")

# %% [markdown]
# **Experiment.** Is it the same, and how much faster? Sixteen filters of $5 \times 5$ on 16 images, forward and
# backward. About a second.


# %% id="both-ways"
def both_ways(layer, x, w, b, settings):
    out, cache = layer.forward(x, w, b, settings)
    return out, *layer.backward(torch.ones_like(out), cache)


# %% id="fast-experiment"
torch.manual_seed(0)
arguments = (torch.randn(16, 3, 32, 32), torch.randn(16, 3, 5, 5), torch.randn(16), {"stride": 1, "pad": 2})
seconds, results = {}, {}
layers = {"Conv": (cnn.Conv, 1), "FastConv": (cnn.FastConv, 10)}
for name, (layer, repeats) in layers.items():
    both_ways(layer, *arguments)  # the first call of anything is slow: do not time it
    start_time = time.perf_counter()
    for _ in range(repeats):
        results[name] = both_ways(layer, *arguments)
    seconds[name] = (time.perf_counter() - start_time) / repeats
gaps = [float((a - b).abs().max() / a.abs().max()) for a, b in zip(*results.values(), strict=True)]
print("largest relative differences of out, dx, dw, db:", ", ".join(f"{gap:.0e}" for gap in gaps))
factor = seconds["Conv"] / seconds["FastConv"]
plotting.timing_bars(seconds, title=f"The same numbers, {factor:,.0f} times faster")

# %% [markdown]
# The differences should be rounding, below $10^{-5}$, and the factor ten or more. With this layer the networks
# of the next notebook learn in seconds; with loops they would take minutes.

# %% [markdown] id="next"
# ## What next?
#
# You have the layer that networks for images are made of. The next notebook, `convolutional_networks.ipynb`,
# adds pooling, asks what it means for a network that an object has moved, builds networks of any depth from
# these parts, and looks at the kernels that they find.

# %% [markdown] id="finish"
# ## Check everything, and hand in
#
# All visible checks of both notebooks, on this machine's own device: the GPU where there is one.

# %% id="check-all"
check.all(device="auto")

# %% [markdown]
# Fill in your name and id at the top, save this notebook, and build the file to hand in. It says what is
# still missing.

# %% id="hand-in"
check.hand_in(student=STUDENT_ID, name=STUDENT_NAME, notebook="convolution")
