"""The command `tinyreg augment`."""

DESCRIPTION = """\
Draw a contact sheet for each transform: real images in the first column, and beside them what chance makes of them.

Every transform is shown with the settings that stand above its picture. Look whether you would still give the label.
"""
EXAMPLES = """\
examples:
  tinyreg augment                                                     all of them, on handwritten digits
  tinyreg augment RandomAffine MixUp --seed 1                         two, with other draws of other images
  tinyreg augment --data fashion-mnist --root data --out sheets       on clothes, which tinyreg compare --download fetches
  tinyreg augment --root my_images.npz                                on images of your own: x_train, y_train, x_test, y_test

transforms:
"""


def add(commands):
    """Add the command and its options."""
    from ..experiments.contact_sheet import TRANSFORMS
    from ..experiments.tasks import TASKS

    augment = commands.add_parser("augment", help="a picture of what each transform does", description=DESCRIPTION, epilog=EXAMPLES)
    width = max(map(len, TRANSFORMS))
    augment.epilog += "\n".join(f"  {name:<{width}}  {example.look}" for name, example in TRANSFORMS.items())
    add = augment.add_argument
    add("names", nargs="*", metavar="transform", help="RandomCrop, CutMix, ... (default: all)")
    add("--data", metavar="|".join(TASKS), default="digits", help="the images (default: digits, which come with the package)")
    add("--root", metavar="FOLDER", help="where the files of the other data are; or an .npz file of images")
    add("--out", metavar="FOLDER", default="runs/augment", help="folder to write; it may hold older pictures (default: runs/augment)")
    add("--seed", type=int, metavar="N", default=0, help="of the images that are chosen, and of the draws (default: 0)")


def run(options):
    """Draw; returns the exit code."""
    from ..experiments.contact_sheet import draw_sheets

    for path in draw_sheets(options.names, options.data, options.root, options.out, options.seed):
        print(path, flush=True)
    return 0
