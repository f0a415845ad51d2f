"""Where schemes come from, in a form that can be printed or put into a bibliography."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Citation:
    """A paper.

    Attributes
    ----------
    authors : str
        As BibTeX separates them: ``First Author and Second Author``.
    title, venue : str
    year : int
    """

    authors: str
    title: str
    venue: str
    year: int

    @property
    def key(self) -> str:
        """First author and year, ``glorot2010``."""
        surname = self.authors.split(" and ")[0].split()[-1]
        return f"{''.join(filter(str.isalpha, surname)).lower()}{self.year}"

    @property
    def bibtex(self) -> str:
        """A BibTeX entry: a preprint, a chapter of a book, or a paper of a conference.

        Examples
        --------
        >>> print(MARTENS_2010.bibtex)
        @inproceedings{martens2010,
          author = {James Martens},
          title = {Deep learning via Hessian-free optimization},
          booktitle = {ICML},
          year = {2010},
        }
        >>> print(KUMAR_2017.bibtex)
        @misc{kumar2017,
          author = {Siddharth Krishna Kumar},
          title = {On weight initialization in deep neural networks},
          eprint = {1704.08863},
          archiveprefix = {arXiv},
          year = {2017},
        }
        """
        archive, is_preprint, number = self.venue.partition("arXiv:")
        if is_preprint and not archive:
            kind, published = "misc", {"eprint": number, "archiveprefix": "arXiv"}
        elif self.venue in _BOOKS:
            kind, published = "incollection", {"booktitle": self.venue}
        else:
            kind, published = "inproceedings", {"booktitle": self.venue}
        fields = {"author": self.authors, "title": self.title, **published, "year": str(self.year)}
        lines = "\n".join(f"  {name} = {{{value}}}," for name, value in fields.items())
        return f"@{kind}{{{self.key},\n{lines}\n}}"


_BOOKS = frozenset({"Neural Networks: Tricks of the Trade"})
"""Venues that are books of chapters; all others are conferences or preprints."""

NGUYEN_1990 = Citation(
    "Derrick Nguyen and Bernard Widrow",
    "Improving the learning speed of 2-layer neural networks by choosing initial values of the"
    " adaptive weights",
    "IJCNN",
    1990,
)
LECUN_1998 = Citation(
    "Yann LeCun and Léon Bottou and Genevieve B. Orr and Klaus-Robert Müller",
    "Efficient BackProp",
    "Neural Networks: Tricks of the Trade",
    1998,
)
GLOROT_2010 = Citation(
    "Xavier Glorot and Yoshua Bengio",
    "Understanding the difficulty of training deep feedforward neural networks",
    "AISTATS",
    2010,
)
MARTENS_2010 = Citation(
    "James Martens", "Deep learning via Hessian-free optimization", "ICML", 2010
)
KRIZHEVSKY_2012 = Citation(
    "Alex Krizhevsky and Ilya Sutskever and Geoffrey E. Hinton",
    "ImageNet classification with deep convolutional neural networks",
    "NIPS",
    2012,
)
SAXE_2014 = Citation(
    "Andrew M. Saxe and James L. McClelland and Surya Ganguli",
    "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks",
    "ICLR",
    2014,
)
SUSSILLO_2014 = Citation(
    "David Sussillo and L. F. Abbott",
    "Random walk initialization for training very deep feedforward networks",
    "arXiv:1412.6558",
    2014,
)
HE_2015 = Citation(
    "Kaiming He and Xiangyu Zhang and Shaoqing Ren and Jian Sun",
    "Delving deep into rectifiers: surpassing human-level performance on ImageNet classification",
    "ICCV",
    2015,
)
LE_2015 = Citation(
    "Quoc V. Le and Navdeep Jaitly and Geoffrey E. Hinton",
    "A simple way to initialize recurrent networks of rectified linear units",
    "arXiv:1504.00941",
    2015,
)
MISHKIN_2016 = Citation(
    "Dmytro Mishkin and Jiri Matas", "All you need is a good init", "ICLR", 2016
)
KRAHENBUHL_2016 = Citation(
    "Philipp Krähenbühl and Carl Doersch and Jeff Donahue and Trevor Darrell",
    "Data-dependent initializations of convolutional neural networks",
    "ICLR",
    2016,
)
SCHOENHOLZ_2017 = Citation(
    "Samuel S. Schoenholz and Justin Gilmer and Surya Ganguli and Jascha Sohl-Dickstein",
    "Deep information propagation",
    "ICLR",
    2017,
)
PENNINGTON_2017 = Citation(
    "Jeffrey Pennington and Samuel S. Schoenholz and Surya Ganguli",
    "Resurrecting the sigmoid in deep learning through dynamical isometry",
    "NIPS",
    2017,
)
KLAMBAUER_2017 = Citation(
    "Günter Klambauer and Thomas Unterthiner and Andreas Mayr and Sepp Hochreiter",
    "Self-normalizing neural networks",
    "NIPS",
    2017,
)
KUMAR_2017 = Citation(
    "Siddharth Krishna Kumar",
    "On weight initialization in deep neural networks",
    "arXiv:1704.08863",
    2017,
)
BALDUZZI_2017 = Citation(
    "David Balduzzi and Marcus Frean and Lennox Leary and J. P. Lewis and Kurt Wan-Duo Ma"
    " and Brian McWilliams",
    "The shattered gradients problem: if resnets are the answer, then what is the question?",
    "ICML",
    2017,
)
HANIN_2018 = Citation(
    "Boris Hanin and David Rolnick",
    "How to start training: the effect of initialization and architecture",
    "NeurIPS",
    2018,
)
ZHANG_2019 = Citation(
    "Hongyi Zhang and Yann N. Dauphin and Tengyu Ma",
    "Fixup initialization: residual learning without normalization",
    "ICLR",
    2019,
)
LU_2019 = Citation(
    "Lu Lu and Yeonjong Shin and Yanhui Su and George Em Karniadakis",
    "Dying ReLU and initialization: theory and numerical examples",
    "arXiv:1903.06733",
    2019,
)
DAUPHIN_2019 = Citation(
    "Yann N. Dauphin and Samuel S. Schoenholz",
    "MetaInit: initializing learning by learning to initialize",
    "NeurIPS",
    2019,
)
BACHLECHNER_2020 = Citation(
    "Thomas Bachlechner and Bodhisattwa Prasad Majumder and Huanru Henry Mao"
    " and Garrison W. Cottrell and Julian McAuley",
    "ReZero is all you need: fast convergence at large depth",
    "arXiv:2003.04887",
    2020,
)
SITZMANN_2020 = Citation(
    "Vincent Sitzmann and Julien N. P. Martel and Alexander W. Bergman and David B. Lindell"
    " and Gordon Wetzstein",
    "Implicit neural representations with periodic activation functions",
    "NeurIPS",
    2020,
)
ZHAO_2021 = Citation(
    "Jiawei Zhao and Florian Schäfer and Anima Anandkumar",
    "ZerO initialization: initializing neural networks with only zeros and ones",
    "arXiv:2110.12661",
    2021,
)
ZHU_2021 = Citation(
    "Chen Zhu and Renkun Ni and Zheng Xu and Kezhi Kong and W. Ronny Huang and Tom Goldstein",
    "GradInit: learning to initialize neural networks for stable and efficient training",
    "NeurIPS",
    2021,
)
MARTENS_2021 = Citation(
    "James Martens and Andy Ballard and Guillaume Desjardins and Grzegorz Swirszcz"
    " and Valentin Dalibard and Jascha Sohl-Dickstein and Samuel S. Schoenholz",
    "Rapid training of deep neural networks without skip connections or normalization layers using"
    " Deep Kernel Shaping",
    "arXiv:2110.01765",
    2021,
)
YANG_2022 = Citation(
    "Greg Yang and Edward J. Hu and Igor Babuschkin and Szymon Sidor and Xiaodong Liu"
    " and David Farhi and Nick Ryder and Jakub Pachocki and Weizhu Chen and Jianfeng Gao",
    "Tensor programs V: tuning large neural networks via zero-shot hyperparameter transfer",
    "arXiv:2203.03466",
    2022,
)
YANG_2023 = Citation(
    "Greg Yang and James B. Simon and Jeremy Bernstein",
    "A spectral condition for feature learning",
    "arXiv:2310.17813",
    2023,
)
LEE_2023 = Citation(
    "Hyunwoo Lee and Yunho Kim and Seung Yeop Yang and Hayoung Choi",
    "Improved weight initialization for deep and narrow feedforward neural network",
    "arXiv:2311.03733",
    2023,
)
BLAKE_2024 = Citation(
    "Charlie Blake and Constantin Eichenberg and Josef Dean and Lukas Balles and Luke Y. Prince"
    " and Björn Deiseroth and Andres Felipe Cruz-Salinas and Carlo Luschi and Samuel Weinbach"
    " and Douglas Orr",
    "u-μP: the unit-scaled maximal update parametrization",
    "arXiv:2407.17465",
    2024,
)
LEE_2025 = Citation(
    "Hyunwoo Lee and Hayoung Choi and Hyunju Kim",
    "Robust weight initialization for tanh neural networks with fixed point analysis",
    "ICLR",
    2025,
)
FERNANDEZ_2025 = Citation(
    "Alberto Fernández-Hernández and Jose I. Mestre and Manuel F. Dolz and José Duato"
    " and Enrique S. Quintana-Ortí",
    "Sinusoidal initialization, time for a new start",
    "NeurIPS",
    2025,
)
SALIMANS_2016 = Citation(
    "Tim Salimans and Diederik P. Kingma",
    "Weight normalization: a simple reparameterization to accelerate training of deep neural"
    " networks",
    "NIPS",
    2016,
)
ARPIT_2019 = Citation(
    "Devansh Arpit and Víctor Campos and Yoshua Bengio",
    "How to initialize your network? Robust initialization for WeightNorm and ResNets",
    "NeurIPS",
    2019,
)
DEVLIN_2019 = Citation(
    "Jacob Devlin and Ming-Wei Chang and Kenton Lee and Kristina Toutanova",
    "BERT: pre-training of deep bidirectional transformers for language understanding",
    "NAACL",
    2019,
)
BINGHAM_2023 = Citation(
    "Garrett Bingham and Risto Miikkulainen",
    "AutoInit: analytic signal-preserving weight initialization for neural networks",
    "AAAI",
    2023,
)
YANG_2024 = Citation(
    "Greg Yang and Dingli Yu and Chen Zhu and Soufiane Hayou",
    "Tensor programs VI: feature learning in infinite-depth neural networks",
    "ICLR",
    2024,
)
XU_2024 = Citation(
    "Zhiqiu Xu and Yanjie Chen and Kirill Vishniakov and Yida Yin and Zhiqiang Shen"
    " and Trevor Darrell and Lingjie Liu and Zhuang Liu",
    "Initializing models with larger ones",
    "ICLR",
    2024,
)
DEY_2025 = Citation(
    "Nolan Dey and Bin Claire Zhang and Lorenzo Noci and Mufan Li and Blake Bordelon"
    " and Shane Bergsma and Cengiz Pehlevan and Boris Hanin and Joel Hestness",
    "Don't be lazy: CompleteP enables compute-efficient deep transformers",
    "NeurIPS",
    2025,
)
