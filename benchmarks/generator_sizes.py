"""Print the counted size and arithmetic of every preset, at the paper's width and at the demo's."""

from brushwork.generator.networks import cost_of
from brushwork.generator.presets import PRESETS, preset_with


def main() -> None:
    """Print the table."""
    print(
        f"{'preset':16s} {'size':>4s} {'width':>5s} {'G params':>12s} {'D params':>12s} {'G GFLOP':>9s} {'D GFLOP':>9s}"
    )
    demo = [
        preset_with("dcgan-torch", 32, 32),
        preset_with("wgan-gp-paper", 32, 16),
        preset_with("wgan-gp-paper", 64, 24),
    ]
    for preset in [*PRESETS.values(), *demo]:
        cost = cost_of(preset)
        print(
            f"{preset.name:16s} {preset.size:4d} {preset.width:5d} {cost.generator_parameters:12,d} "
            f"{cost.discriminator_parameters:12,d} {cost.generator_gflop:9.4f} {cost.discriminator_gflop:9.4f}"
        )


if __name__ == "__main__":
    main()
