"""What the site says of each architecture's past, by the file of the zoo: its name, the net that is drawn, and two sentences."""

from __future__ import annotations

from typing import NamedTuple


class History(NamedTuple):
    """An architecture's past."""

    title: str
    drawn: str
    text: str


HISTORY = {
    "alexnet": History(
        "AlexNet",
        "alexnet",
        "It won ImageNet's competition of 2012 with a top-5 error of 15.3%, where the second had 26.2%, and turned computer vision to "
        "deep learning. The first version was split over two graphics cards of 3 GB each; the second paper puts it into one tower.",
    ),
    "bert": History(
        "BERT",
        "bert_base",
        "It is the Transformer's encoder, trained to fill in masked words and to tell whether one sentence follows another, and then "
        "fine-tuned for a task. In 2018 it had the best results on eleven tasks of language understanding.",
    ),
    "convnext": History(
        "ConvNeXt",
        "convnext_tiny",
        "The authors changed a ResNet step by step towards the design of a Swin Transformer: patches, depthwise kernels of seven, layer "
        "norm, GELU. The result has no attention, and was as accurate as the transformer of its size.",
    ),
    "dbn": History(
        "Deep belief network",
        "Autoencoder",
        "Before rectifiers and batch norm, deep networks hardly trained from a random start; pre-training each layer as a Boltzmann "
        "machine got them going. This work of 2006 is often given as the start of the revival of deep learning.",
    ),
    "densenet": History(
        "DenseNet",
        "densenet121",
        "Each layer reads the concatenation of all layers before it in its block, so that features are used again and each layer can be "
        "narrow. It was one of two best papers of CVPR 2017.",
    ),
    "efficientnet": History(
        "EfficientNet",
        "efficientnet_b0",
        "A small network was found by search, and one rule scales its depth, width and resolution together. B7 was as accurate on "
        "ImageNet as the best network of its day with an eighth of the parameters; V2 made training faster.",
    ),
    "fcn8s": History(
        "Fully convolutional network",
        "fcn8s",
        "It read VGG's linear layers as convolutions, so that a classifier gives a map of classes for an image of any size. Skips from "
        "earlier layers sharpen that map, from a stride of 32 to 16 and 8.",
    ),
    "googlenet": History(
        "GoogLeNet",
        "GoogLeNet",
        "It won ImageNet's competition of 2014 with a twelfth of AlexNet's parameters. Its name honours LeNet, and its module, "
        "Inception, runs kernels of several sizes side by side behind narrow convolutions of one.",
    ),
    "gpt2": History(
        "GPT-2 and GPT-3",
        "gpt2",
        "GPT-2 showed in 2019 that a language model trained on web pages solves some tasks without training for them. GPT-3 is the same "
        "design a hundred times larger, and learns tasks from examples in its prompt.",
    ),
    "heads": History(
        "Shared trunks",
        "MultiTask",
        "Caruana showed in the 1990s that tasks learnt together help each other through the layers that they share. Yosinski and others "
        "measured in 2014 how general each layer of a trained network is, and so how well it moves to another task.",
    ),
    "inception": History(
        "Inception v3",
        "inception_v3",
        "It rethinks GoogLeNet: large kernels become chains of small ones, such as 1x7 behind 7x1. The same paper proposed label "
        "smoothing.",
    ),
    "lenet": History(
        "LeNet-5",
        "LeNet5",
        "It read digits on cheques, and summed up a decade of work on convolutional networks trained by back-propagation. Its order of "
        "convolution, pooling and linear layers stayed the model for later networks.",
    ),
    "llama": History(
        "Llama",
        "llama_7b",
        "The first version, of 2023, was trained on public data alone, and its 13B model did better than GPT-3 on most benchmarks. Its "
        "parts (norm first and by root mean square, rotary positions, gated feed-forward) have become the usual ones.",
    ),
    "mdnet": History(
        "MDNet",
        "MDNet",
        "It learns what is common to targets in many videos, with one last layer for each video, and trains a new last layer while it "
        "tracks. It won the VOT challenge of 2015.",
    ),
    "mlp": History(
        "Multi-layer perceptron",
        "mlp_dropout",
        "A single layer cannot compute XOR, as Minsky and Papert pointed out in 1969. The paper on back-propagation of 1986 showed how "
        "hidden layers learn what one layer cannot express.",
    ),
    "mnasnet": History(
        "MNASNet",
        "mnasnet1_0",
        "It was found by a search that measured latency on a real phone instead of counting operations. Its search space was taken over "
        "by MobileNetV3 and EfficientNet.",
    ),
    "mnist_cnn": History(
        "A network for MNIST",
        "MnistCNN",
        "MNIST's 70,000 digits were made from two of NIST's collections in the 1990s. A network like this one, two convolutions and two "
        "linear layers, is the first that many courses train.",
    ),
    "mobilenetv1": History(
        "MobileNet",
        "MobileNet",
        "It made depthwise separable convolutions the standard for phones, with one factor for width and one for resolution. At full "
        "width it nearly reaches VGG-16's accuracy with a thirtieth of its parameters.",
    ),
    "mobilenetv2": History(
        "MobileNetV2",
        "mobilenet_v2",
        "It turned the residual bottleneck round: the shortcut joins the narrow ends, and the wide middle is depthwise. The narrow ends "
        "have no activation, since a rectifier loses information there.",
    ),
    "mobilenetv3": History(
        "MobileNetV3",
        "mobilenet_v3_large",
        "A search chose the blocks, and people then trimmed the first and last layers by hand. It took squeeze and excitation over from "
        "MNASNet, and brought the hard swish, which is cheap on phones.",
    ),
    "nasnet": History(
        "NASNet",
        "nasnet_mobile",
        "Cells were searched by reinforcement learning on CIFAR-10, on 500 graphics cards, and stacked for ImageNet. The found cells "
        "were more accurate there than anything that people had designed.",
    ),
    "openpose": History(
        "OpenPose",
        "OpenPose",
        "It finds the poses of all people in an image at once: maps of body parts, and fields that say which parts belong together. "
        "Its method won the COCO keypoint challenge of 2016.",
    ),
    "recurrent": History(
        "Recurrent networks",
        "CharRNN",
        "Elman's network fed its hidden state back in 1990; the LSTM of 1997 added gates, so that errors reach far back in time. The GRU "
        "of 2014 has fewer gates and often does as well.",
    ),
    "regression": History(
        "Regression",
        "LogisticRegression",
        "Least squares were published by Legendre in 1805 for the orbits of comets. Logistic and softmax regression give probabilities, "
        "and are still the last layer of most classifiers.",
    ),
    "resnet": History(
        "ResNet",
        "resnet50",
        "Adding a block's input to its output let networks of 152 layers train, eight times VGG's depth, and won ImageNet's competition "
        "of 2015. ResNeXt and wide ResNet spend the same computation on groups and on width.",
    ),
    "rolo": History(
        "YOLO and ROLO",
        "YOLO",
        "YOLO made detection one regression from image to boxes, at 45 images in a second. ROLO tracks by an LSTM that reads the "
        "features and the box of each frame.",
    ),
    "segmentation": History(
        "Segmentation",
        "deeplabv3_resnet50",
        "DeepLab keeps the resolution by dilated convolutions, and sees several scales by dilating at several rates. LR-ASPP is the "
        "small head that came with MobileNetV3, for phones.",
    ),
    "seq2seq": History(
        "Encoder and decoder",
        "BahdanauAttention",
        "Translation by two recurrent networks had to squeeze a sentence into one vector. Bahdanau's attention of 2014 let the decoder "
        "look back at every word, and the Transformer later kept attention alone.",
    ),
    "shufflenetv2": History(
        "ShuffleNet V2",
        "shufflenet_v2_x1_0",
        "Its authors measured that counted operations predict speed badly, and derived four guidelines from memory access. Splitting and "
        "shuffling channels follow from them.",
    ),
    "squeezenet": History(
        "SqueezeNet",
        "squeezenet1_1",
        "It reaches AlexNet's accuracy with a fiftieth of the parameters, by squeezing channels before the kernels of three. Version 1.1 "
        "needs 2.4 times less computation than the first.",
    ),
    "superres": History(
        "Super-resolution",
        "espcn_x3",
        "SRCNN brought deep learning to the enlarging of images, and read the older method of sparse coding as three layers. "
        "ESPCN works at the low resolution and only its last layer rearranges channels into pixels.",
    ),
    "swin_transformer": History(
        "Swin Transformer",
        "swin_t",
        "Attention within windows costs time linear in the image's area, and shifting the windows joins them. The paper won the Marr "
        "prize of ICCV 2021.",
    ),
    "transformer": History(
        "Transformer",
        "transformer_base",
        "It dropped recurrence for attention in 2017, was better at translation and trained in days on eight graphics cards. Most large "
        "models of language, images and sound have been built from its layers since.",
    ),
    "unet": History(
        "U-Net",
        "unet",
        "Made for biomedical images with few examples, it won two categories of the ISBI cell tracking challenge of 2015 by a large "
        "margin. Its contracting and expanding path with skips later became the usual denoiser of diffusion models.",
    ),
    "vgg": History(
        "VGG",
        "vgg16",
        "It showed that depth helps: nothing but kernels of three, in up to 19 layers. Second in ImageNet's classification task of 2014 "
        "and first in localisation, it stayed a common backbone for its simplicity.",
    ),
    "vision_transformer": History(
        "Vision Transformer",
        "vit_b_16",
        "It feeds patches of 16x16 pixels to the Transformer's encoder as if they were words. Trained on hundreds of millions of images "
        "it surpassed convolutional networks, of which it has next to none.",
    ),
}  # fmt: skip
