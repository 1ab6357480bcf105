"""What must hold of phrases: the same seed gives the same, bodies stay bodies, the past stays the past, and wrong wishes are refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from duet_core.errors import InputError
from duet_core.evaluation import phrases
from duet_core.evaluation.redressed import CMU_43, redressed
from duet_core.formats import read
from duet_core.generation import channels, meeting
from duet_core.generation.generator import Generator, bundled, folder_of
from duet_core.inference import models
from duet_core.procedural.dancer import dance


def stretch(clip):
    """The largest relative change of a bone over time."""
    worst = 0.0
    for parent, child in clip.skeleton.bones:
        size = np.linalg.norm(clip.positions[..., child, :] - clip.positions[..., parent, :], axis=-1)
        worst = max(worst, float((np.ptp(size, axis=0) / np.maximum(size.mean(axis=0), 1e-3)).max()))
    return worst


def jerks(clip):
    return np.linalg.norm(np.diff(clip.positions, 3, axis=0), axis=-1).mean(axis=(1, 2)) * clip.fps**3


def test_the_same_seed_makes_the_same_phrase_and_another_seed_another(generator):
    one, again, other = (generator.sample(3.5, seed=seed) for seed in (1, 1, 2))
    assert one.frames == 105
    assert np.array_equal(one.positions, again.positions)
    assert np.abs(one.positions - other.positions).mean() > 0.05


@pytest.mark.parametrize("temperature", [0.0, 1.0, 2.0])
def test_phrases_move_at_every_temperature_and_no_bone_stretches(generator, temperature):
    clip = generator.sample(4.0, seed=3, temperature=temperature)
    assert stretch(clip) < 1e-4
    speed = np.linalg.norm(np.diff(clip.positions, axis=0), axis=-1).mean() * clip.fps
    assert 0.1 < speed < 1.5
    assert np.isfinite(clip.positions).all()
    assert clip.positions[..., 2].min() > -0.02


def test_the_foot_that_carries_stands(generator):
    clip = generator.sample(6.0, seed=0)
    figures = phrases.physique(clip.positions[None, :, 0], clip.skeleton, clip.fps)
    assert figures["carrying"] < 0.05
    assert figures["down"] > 0.95
    assert figures["worst"] < 60


def test_the_beginning_is_no_jerkier_than_a_real_dance(generator, sample):
    real = np.percentile(jerks(sample), 99)
    begun = [jerks(generator.sample(3.0, seed=seed))[:2].max() for seed in range(6)]
    assert np.median(begun) < 2.5 * real


def test_the_latent_numbers_of_a_phrase_bring_every_joint_nearer_than_the_encoder_s_own(generator):
    clip, skeleton, lengths = dance(20_101, 12.0), generator.model.skeleton, generator.model.body.lengths
    written = channels.written(clip.positions[:, 0], skeleton, 30.0)[:, None]
    windows, _ = channels.windows_of(written, generator.frames, np.arange(0, len(written) - generator.frames, 60))
    true = channels.danced(windows, skeleton, lengths)
    first, nearest = (
        np.linalg.norm(channels.danced(generator.network.decode(latent), skeleton, lengths) - true, axis=-1)
        for latent in (generator.network.encode(windows)[0], generator.model.nearest(windows))
    )
    assert (nearest.mean(axis=(1, 2, 3)) <= first.mean(axis=(1, 2, 3))).all(), "of every window"
    assert nearest.mean() < 0.8 * first.mean()
    for name in ("head", "left_wrist", "right_wrist", "left_middle_finger"):
        assert nearest[..., skeleton.index(name)].mean() < 0.9 * first[..., skeleton.index(name)].mean(), name


def test_a_phrase_reconstructed_is_close_and_keeps_frames_rate_and_skeleton(generator, sample):
    again = generator.reconstruct(sample)
    assert (again.frames, again.fps, again.skeleton) == (sample.frames, sample.fps, sample.skeleton)
    assert 100 * np.linalg.norm(again.positions - sample.positions, axis=-1).mean() < 8
    assert "truth" not in again.meta


def test_a_variation_lies_between_the_phrase_and_something_else(generator, sample):
    same, little, much = (generator.vary(sample.sliced(0, 90), amount=amount, seed=2) for amount in (0.0, 0.3, 1.0))
    apart = [np.linalg.norm(x.positions - same.positions, axis=-1).mean() for x in (little, much)]
    assert 0.01 < apart[0] < apart[1]
    assert stretch(much) < 1e-3


def test_a_variation_faces_where_the_take_faces_and_stays_near_it(generator, root):
    take = read(root / "samples" / "sample.duet.npz").sliced(0, 450)
    varied = generator.vary(take, amount=0.5, seed=1)
    first = take.skeleton.order[0]
    for d in range(2):
        ways = [channels.heading_of(x.positions[:, d].astype(np.float64), x.skeleton, x.fps) for x in (take, varied)]
        off = np.abs((ways[1] - ways[0] + np.pi) % (2 * np.pi) - np.pi)
        assert np.median(off) < np.radians(30)
        assert (off > np.pi / 2).mean() < 0.15
        assert np.linalg.norm((varied.positions - take.positions)[:, d, first, :2], axis=-1).max() < 1.5


def test_what_was_danced_stays_when_a_phrase_goes_on(generator, sample):
    longer = generator.go_on(sample, 3.0, seed=1)
    assert longer.frames == sample.frames + 90
    kept = sample.frames - round(0.25 * sample.fps)
    assert np.abs(longer.positions[:kept] - sample.positions[:kept]).max() < 1e-5
    joint = jerks(longer)[sample.frames - 12 : sample.frames + 12]
    assert joint.max() < 3 * np.percentile(jerks(sample), 99)


def test_a_phrase_between_two_begins_as_the_first_and_ends_as_the_second(generator, sample):
    first, second = sample.sliced(0, 150), generator.sample(5.0, seed=9, like=sample, dancers=2)
    middle = generator.between(first, second)
    assert middle.frames == 150

    def pose(clip, frame):
        x = clip.positions[frame, 0]
        return x[:, 2] - x[0, 2]

    begins = [np.abs(pose(middle, 5) - pose(x, 5)).mean() for x in (first, second)]
    ends = [np.abs(pose(middle, -6) - pose(x, -6)).mean() for x in (first, second)]
    assert begins[0] < begins[1]
    assert ends[1] < ends[0]


def test_dancers_with_other_joints_get_phrases_with_their_own_joints(generator, sample):
    other = dataclasses.replace(
        sample, positions=redressed(sample.positions, sample.skeleton, CMU_43), skeleton=CMU_43, confidence=None, meta={"source": ["other"]}
    )
    for made in (generator.reconstruct(other), generator.sample(2.0, like=other, dancers=1)):
        assert made.skeleton == CMU_43
        assert stretch(made) < 1e-3


def test_two_who_are_made_up_face_each_other_and_never_go_through_each_other(generator):
    duet = generator.sample(5.0, dancers=2, seed=5)
    x = duet.positions.astype(np.float64)
    between = x[:, 1, 0, :2] - x[:, 0, 0, :2]
    assert np.linalg.norm(between, axis=-1).min() > 0.7
    assert np.linalg.norm(between, axis=-1).mean() < 2.5
    assert meeting.too_near(x, duet.skeleton)[0].max() < 0.01
    for dancer, way in ((0, between), (1, -between)):
        heading = channels.heading_of(x[:, dancer], duet.skeleton, duet.fps)
        assert np.cos(np.arctan2(way[:, 1], way[:, 0]) - heading).mean() > 0.3


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (lambda g, c: g.sample(0.0), "seconds"),
        (lambda g, c: g.sample(3.0, temperature=-1), "temperature"),
        (lambda g, c: g.vary(c, amount=2), "amount"),
        (lambda g, c: g.between(c, g.sample(3.0)), "dancers"),
        (lambda g, c: Generator.load("no such one"), "phrases"),
        (lambda g, c: Generator.load(folder_of("phrases").parent / "duet"), "no generator"),
    ],
)
def test_wrong_wishes_are_refused_with_what_to_do(generator, sample, wish, says):
    with pytest.raises(InputError, match=says):
        wish(generator, sample)


def test_generators_are_no_models_of_connections_and_the_other_way_round():
    assert "phrases" in bundled()
    assert "phrases" not in models.bundled()
    assert "duet" not in bundled()
    with pytest.raises(InputError):
        models.folder_of("phrases")
