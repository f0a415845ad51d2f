"""Architectures of many kinds, small and without downloads: what makes each, and a batch for it."""

import torch
import transformers
from torch import nn
from torch.nn import functional as F

transformers.logging.set_verbosity_error()

WORDS = {"vocab_size": 64}
TOKENS = {"input_ids": torch.arange(48).reshape(4, 12) % 64}
LABELS = torch.tensor([0, 1, 1, 0])
IMAGES = {"pixel_values": torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))}


def of_transformers(model, config, /, inputs=TOKENS, labels=LABELS, **settings):
    """Return a maker of a model of the package transformers, and a batch."""
    kind, options = getattr(transformers, model), getattr(transformers, config)
    return lambda: kind(options(**settings)), {**inputs, "labels": labels}


SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}


class Conv(nn.Module):
    """A convolutional network with functional activations, for two classes."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 16, 3, stride=2)
        self.head = nn.Linear(16, 2)

    def forward(self, pixel_values):
        x = F.relu(self.two(F.relu(self.one(pixel_values))))
        return self.head(x.mean(dim=(2, 3)))


class UNet(nn.Module):
    """Down, up with a transposed convolution, and a skip connection by concatenation."""

    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8))
        self.up = nn.ConvTranspose2d(8, 8, 4, stride=2, padding=1)
        self.out = nn.Conv2d(11, 2, 1)

    def forward(self, x):
        return self.out(torch.cat([x, torch.relu(self.up(torch.relu(self.down(x))))], dim=1))


class Recurrent(nn.Module):
    """An embedding, two layers of LSTM, and a classifier; the output is a dict."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(64, 16)
        self.rnn = nn.LSTM(16, 16, 2, batch_first=True, dropout=0.5)
        self.head = nn.Linear(16, 2)

    def forward(self, input_ids):
        states, memory = self.rnn(self.embed(input_ids))
        return {"memory": memory, "logits": self.head(states[:, -1])}


class EncoderDecoder(nn.Module):
    """PyTorch's own Transformer, with two integer inputs and a tuple as its output."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(64, 16)
        self.core = nn.Transformer(16, 2, 1, 1, 32, batch_first=True)
        self.head = nn.Linear(16, 64)

    def forward(self, source, target):
        states = self.core(self.embed(source), self.embed(target))
        return self.head(states), states


class Mixer(nn.Module):
    """An MLP-Mixer: two residual branches over tokens and channels."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 16, 8, stride=8)
        self.tokens = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))
        self.channels = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))
        self.first, self.second = nn.LayerNorm(16), nn.LayerNorm(16)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        x = self.patches(x).flatten(2).mT
        x = x + self.tokens(self.first(x).mT).mT
        x = x + self.channels(self.second(x))
        return self.head(x.mean(dim=1))


class Dense(nn.Module):
    """Densely connected: each layer sees all before, by concatenation; with SELU and dropout."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(8 * (k + 1), 8) for k in range(4)])
        self.head = nn.Linear(40, 1)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, F.dropout(F.selu(layer(x)), 0.3, self.training)], dim=-1)
        return self.head(x)


class Autoencoder(nn.Module):
    """One-dimensional convolutions down and up, with a squashed code."""

    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Conv1d(2, 8, 4, 2, 1), nn.Tanh(), nn.Conv1d(8, 4, 4, 2, 1))
        self.decode = nn.Sequential(
            nn.ConvTranspose1d(4, 8, 4, 2, 1), nn.LeakyReLU(0.2), nn.ConvTranspose1d(8, 2, 4, 2, 1)
        )

    def forward(self, x):
        return self.decode(torch.sigmoid(self.encode(x)))


REAL = torch.randn(6, 8, generator=torch.Generator().manual_seed(1))
SEQUENCE = torch.randn(4, 2, 16, generator=torch.Generator().manual_seed(2))
PIXELS = IMAGES["pixel_values"]

ARCHITECTURES = {
    "convolutional": (Conv, (PIXELS, LABELS)),
    "u-net": (UNet, (PIXELS, (PIXELS.mean(dim=1) > 0).long())),
    "lstm": (Recurrent, {**TOKENS, "labels": LABELS}),
    "transformer": (
        EncoderDecoder,
        ((TOKENS["input_ids"], TOKENS["input_ids"]), TOKENS["input_ids"]),
    ),
    "mixer": (Mixer, (PIXELS, LABELS)),
    "densely connected": (Dense, (REAL, REAL[:, :1])),
    "autoencoder": (Autoencoder, (SEQUENCE, SEQUENCE)),
    "bert": of_transformers("BertForSequenceClassification", "BertConfig", **WORDS, **SMALL),
    "roberta": of_transformers(
        "RobertaForSequenceClassification", "RobertaConfig", **WORDS, **SMALL, pad_token_id=1
    ),
    "electra": of_transformers(
        "ElectraForSequenceClassification", "ElectraConfig", **WORDS, **SMALL, embedding_size=16
    ),
    "albert": of_transformers(
        "AlbertForSequenceClassification", "AlbertConfig", **WORDS, **SMALL, embedding_size=16
    ),
    "distilbert": of_transformers(
        "DistilBertForSequenceClassification",
        "DistilBertConfig",
        **WORDS,
        dim=32,
        n_layers=2,
        n_heads=2,
        hidden_dim=64,
    ),
    "gpt2": of_transformers(
        "GPT2LMHeadModel",
        "GPT2Config",
        labels=TOKENS["input_ids"],
        **WORDS,
        n_embd=32,
        n_layer=2,
        n_head=2,
        bos_token_id=0,
        eos_token_id=0,
    ),
    "llama": of_transformers(
        "LlamaForCausalLM", "LlamaConfig", labels=TOKENS["input_ids"], **WORDS, **SMALL
    ),
    "qwen2": of_transformers(
        "Qwen2ForCausalLM",
        "Qwen2Config",
        labels=TOKENS["input_ids"],
        **WORDS,
        **SMALL,
        num_key_value_heads=1,
    ),
    "mistral": of_transformers(
        "MistralForCausalLM",
        "MistralConfig",
        labels=TOKENS["input_ids"],
        **WORDS,
        **SMALL,
        num_key_value_heads=1,
    ),
    "opt": of_transformers(
        "OPTForCausalLM",
        "OPTConfig",
        labels=TOKENS["input_ids"],
        **WORDS,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        ffn_dim=64,
        word_embed_proj_dim=32,
    ),
    "t5": of_transformers(
        "T5ForConditionalGeneration",
        "T5Config",
        inputs={**TOKENS, "decoder_input_ids": TOKENS["input_ids"]},
        labels=TOKENS["input_ids"],
        **WORDS,
        d_model=32,
        d_kv=16,
        d_ff=64,
        num_layers=2,
        num_heads=2,
    ),
    "mamba": of_transformers(
        "MambaForCausalLM",
        "MambaConfig",
        labels=TOKENS["input_ids"],
        **WORDS,
        hidden_size=32,
        num_hidden_layers=2,
        state_size=4,
    ),
    "vit": of_transformers(
        "ViTForImageClassification",
        "ViTConfig",
        inputs=IMAGES,
        **SMALL,
        image_size=32,
        patch_size=8,
    ),
    "deit": of_transformers(
        "DeiTForImageClassification",
        "DeiTConfig",
        inputs=IMAGES,
        **SMALL,
        image_size=32,
        patch_size=8,
    ),
    "swin": of_transformers(
        "SwinForImageClassification",
        "SwinConfig",
        inputs=IMAGES,
        image_size=32,
        patch_size=2,
        embed_dim=16,
        depths=[1, 1],
        num_heads=[2, 2],
        window_size=4,
    ),
    "resnet": of_transformers(
        "ResNetForImageClassification",
        "ResNetConfig",
        inputs=IMAGES,
        embedding_size=8,
        hidden_sizes=[16, 32],
        depths=[2, 2],
        layer_type="bottleneck",
    ),
    "regnet": of_transformers(
        "RegNetForImageClassification",
        "RegNetConfig",
        inputs=IMAGES,
        embedding_size=8,
        hidden_sizes=[16, 32],
        depths=[1, 1],
        groups_width=8,
    ),
    "convnext": of_transformers(
        "ConvNextForImageClassification",
        "ConvNextConfig",
        inputs=IMAGES,
        hidden_sizes=[8, 16],
        depths=[1, 1],
        num_stages=2,
        patch_size=2,
    ),
    "mobilenet_v2": of_transformers(
        "MobileNetV2ForImageClassification",
        "MobileNetV2Config",
        inputs=IMAGES,
        depth_multiplier=0.25,
        image_size=32,
    ),
    "efficientnet": of_transformers(
        "EfficientNetForImageClassification",
        "EfficientNetConfig",
        inputs=IMAGES,
        image_size=32,
        width_coefficient=0.25,
        depth_coefficient=0.25,
        hidden_dim=320,
    ),
    "poolformer": of_transformers(
        "PoolFormerForImageClassification",
        "PoolFormerConfig",
        inputs=IMAGES,
        depths=[1, 1],
        hidden_sizes=[8, 16],
        num_encoder_blocks=2,
        patch_sizes=[7, 3],
        strides=[4, 2],
        padding=[2, 1],
    ),
}
"""From a name to a function that makes the model, and a batch with its target."""
