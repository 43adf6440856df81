//! Solid things to their motion and their hits: rapier in the Bevy world, stepped at 240 Hz.
//!
//! Everything is inserted in the document's order, nothing reads a clock, and time only moves when somebody asks for
//! a later one: the same scene makes the same motion. Friction of two surfaces combines as their mean,
//! restitution as the larger.

use std::collections::HashMap;

use bevy::prelude::*;
use bevy_rapier3d::{
    prelude::*,
    rapier::{
        dynamics::{FrictionModel, RigidBodyHandle, RigidBodyType},
        math::Pose as RapierPose,
    },
};
use maquette_conditioning::Contact;

use crate::{
    bounce::{self, Correction},
    pose::Pose,
    rub::Rubs,
    strike::{self, Bodies, BodyState, Carried, Identity, Strikes},
    trajectory::Trajectory,
    world::PhysicsStep,
};

/// Length of a step.
pub(crate) const STEP_S: f64 = 1.0 / 240.0;

/// Rapier integrates gravity in this many parts a step.
const SOLVER_ITERATIONS: usize = 4;

/// It moves a body with the velocity at the end of each part; starting half a part back makes free fall exact.
pub(crate) const LAG_S: f32 = 0.5 * STEP_S as f32 / SOLVER_ITERATIONS as f32;

/// How far ahead of a fast body contacts are foreseen, so that it lands on what it would fly through.
const FORESIGHT_M: f32 = 0.25;

/// Something solid.
pub(crate) struct Solid {
    pub(crate) identity: Identity,
    pub(crate) collider: Collider,
    pub(crate) start: Pose,
    pub(crate) friction: f32,
    pub(crate) restitution: f32,
    pub(crate) motion: Motion,
}

/// How a solid thing moves.
pub(crate) enum Motion {
    Fixed,
    Falls(Release),
    Driven(Drive),
}

/// A body that physics moves from some time on.
pub(crate) struct Release {
    pub(crate) mass: ColliderMassProperties,
    pub(crate) velocity_m_s: Vec3,
    pub(crate) spin_rad_s: Vec3,
    pub(crate) at_s: f64,
}

/// A motion that is known beforehand and pushes what is in its way.
pub(crate) struct Drive {
    pub(crate) pose_at: Box<dyn Fn(f64) -> Pose + Send + Sync>,
    pub(crate) end_s: f64,
}

struct Falling {
    entity: Entity,
    release: Release,
    free: bool,
}

/// The simulation and all it has done so far.
pub(crate) struct Physics {
    context: Entity,
    gravity: Vec3,
    falling: Vec<Falling>,
    driven: Vec<(Entity, Drive)>,
    identities: HashMap<Entity, Identity>,
    trajectory: Trajectory,
    strikes: Strikes,
    rubs: Rubs,
    carried: Carried,
    at_rest: bool,
}

impl Physics {
    /// Puts solids into the world. The n-th that falls is body n.
    pub(crate) fn new(app: &mut App, solids: Vec<Solid>, gravity_m_s2: f32) -> Self {
        let gravity = Vec3::NEG_Y * gravity_m_s2;
        let context = configure(app, gravity);
        let (mut falling, mut driven) = (Vec::new(), Vec::new());
        let (mut identities, mut starts) = (HashMap::new(), Vec::new());
        for mut solid in solids {
            let motion = std::mem::replace(&mut solid.motion, Motion::Fixed);
            let entity = spawn(app, &solid, &motion);
            identities.insert(entity, solid.identity);
            match motion {
                Motion::Fixed => {}
                Motion::Falls(release) => {
                    starts.push(solid.start);
                    falling.push(Falling { entity, release, free: false });
                }
                Motion::Driven(drive) => driven.push((entity, drive)),
            }
        }
        enter(app, context);
        let at_rest = falling.is_empty();
        let trajectory = Trajectory::new(STEP_S, starts);
        Self {
            context,
            gravity,
            falling,
            driven,
            identities,
            trajectory,
            strikes: Strikes::default(),
            rubs: Rubs::default(),
            carried: Carried::default(),
            at_rest,
        }
    }

    /// Simulates up to a time, unless that is done already or nothing will move again.
    pub(crate) fn advance(&mut self, app: &mut App, until_s: f64) {
        while !self.at_rest && (self.trajectory.steps() as f64) * STEP_S < until_s {
            self.step(app.world_mut());
        }
    }

    /// Where body n is at a time that has been simulated.
    pub(crate) fn pose(&self, body: usize, time_s: f64) -> Pose {
        self.trajectory.at(body, time_s)
    }

    /// Every hit so far, in order of time.
    pub(crate) fn contacts(&self) -> &[Contact] {
        self.strikes.contacts()
    }

    /// Everything that slides or rolls so far.
    pub(crate) fn rubs(&self) -> &Rubs {
        &self.rubs
    }

    fn step(&mut self, world: &mut World) {
        let from_s = self.trajectory.steps() as f64 * STEP_S;
        self.let_go(world, from_s);
        self.drive(world, from_s + STEP_S);
        let before = self.states(world);
        world.run_schedule(PhysicsStep);
        let corrections = self.listen(world, before, from_s);
        self.correct(world, corrections);
        let poses: Vec<Pose> = {
            let set = rapier_bodies(world, self.context);
            let entities = self.falling.iter().enumerate();
            entities.map(|(n, f)| set.body(f.entity).unwrap_or_else(|| self.trajectory.last(n))).collect()
        };
        self.trajectory.push_step(poses.into_iter());
        self.at_rest = self.is_over(world, from_s);
    }

    /// Bodies whose time has come start to fall. One that was let go within the last step has fallen a little already.
    fn let_go(&mut self, world: &mut World, now_s: f64) {
        for n in 0..self.falling.len() {
            let Falling { entity, release, free } = &mut self.falling[n];
            let late_s = now_s - release.at_s;
            // A release on a step counts as on it in spite of rounding.
            if *free || late_s < -1e-9 {
                continue;
            }
            *free = true;
            let (entity, late) = (*entity, late_s.max(0.0) as f32);
            let start = self.trajectory.last(n);
            let fallen = Pose::new(
                Quat::from_scaled_axis(release.spin_rad_s * late) * start.rotation,
                start.translation + release.velocity_m_s * late + 0.5 * self.gravity * late * late,
            );
            let velocity = release.velocity_m_s + self.gravity * (late - LAG_S);
            let spin = release.spin_rad_s;
            if let Some(mut body) = world.get_mut::<RigidBody>(entity) {
                *body = RigidBody::Dynamic;
            }
            with_body(world, self.context, entity, |body| {
                body.set_body_type(RigidBodyType::Dynamic, true);
                body.set_position(to_rapier(&fallen), true);
                body.set_linvel(velocity, true);
                body.set_angvel(spin, true);
            });
        }
    }

    fn drive(&self, world: &mut World, to_s: f64) {
        for (entity, drive) in &self.driven {
            let pose = to_rapier(&(drive.pose_at)(to_s));
            with_body(world, self.context, *entity, |body| body.set_next_kinematic_position(pose));
        }
    }

    /// How everything that can move moves right now.
    fn states(&self, world: &World) -> HashMap<RigidBodyHandle, BodyState> {
        let Some(set) = world.get::<RapierRigidBodySet>(self.context) else { return HashMap::new() };
        let moving = set.bodies.iter().filter(|(_, body)| !body.is_fixed());
        moving.map(|(handle, body)| (handle, BodyState::of(body, self.gravity))).collect()
    }

    /// Takes in the hits of the step just made; what bounces need to be put right.
    fn listen(
        &mut self,
        world: &World,
        mut before: HashMap<RigidBodyHandle, BodyState>,
        from_s: f64,
    ) -> Vec<Correction> {
        let parts = (
            world.get::<RapierContextSimulation>(self.context),
            world.get::<RapierContextColliders>(self.context),
            world.get::<RapierRigidBodySet>(self.context),
        );
        let (Some(simulation), Some(colliders), Some(set)) = parts else { return Vec::new() };
        // What is driven has its velocity from the step itself.
        for (handle, body) in set.bodies.iter().filter(|(_, body)| body.is_kinematic()) {
            if let Some(state) = before.get_mut(&handle) {
                state.take_velocity(body);
            }
        }
        let bodies = Bodies { before: &before, now: &set.bodies };
        let pairs = simulation.narrow_phase.contact_pairs();
        let mut touches: Vec<_> = pairs
            .filter_map(|pair| {
                strike::touch(pair, &colliders.colliders, &bodies, &self.identities, &self.carried, from_s)
            })
            .collect();
        self.carried = Carried::after(simulation.narrow_phase.contact_pairs());
        touches.sort_by(|a, b| a.time_s.total_cmp(&b.time_s).then(a.objects.cmp(&b.objects)));
        for touch in touches {
            self.rubs.hear(touch.objects, touch.materials(), touch.rub(from_s));
            self.strikes.hear(touch);
        }
        bounce::corrections(simulation.narrow_phase.contact_pairs(), &colliders.colliders, &bodies)
    }

    fn correct(&self, world: &mut World, corrections: Vec<Correction>) {
        let Some(mut set) = world.get_mut::<RapierRigidBodySet>(self.context) else { return };
        for correction in corrections {
            let Some(body) = set.bodies.get_mut(correction.body) else { continue };
            let (place, velocity) = (*body.position(), body.linvel());
            body.set_position(
                RapierPose::from_parts(place.translation + correction.move_by, place.rotation),
                true,
            );
            body.set_linvel(velocity + correction.speed_up_by, true);
        }
    }

    /// Whether nothing will ever move again: all let go, all asleep, nothing driven any more.
    fn is_over(&self, world: &World, now_s: f64) -> bool {
        let past = |time_s: f64| time_s < now_s;
        let quiet = self.falling.iter().all(|falling| falling.free && past(falling.release.at_s))
            && self.driven.iter().all(|(_, drive)| past(drive.end_s));
        let set = world.get::<RapierRigidBodySet>(self.context);
        quiet
            && set.is_some_and(|set| {
                set.bodies.iter().all(|(_, body)| !body.is_dynamic() || body.is_sleeping())
            })
    }
}

/// One context, with the parameters the stage relies on. Its entity.
fn configure(app: &mut App, gravity: Vec3) -> Entity {
    let world = app.world_mut();
    let mut contexts = world.query_filtered::<Entity, With<RapierContextSimulation>>();
    #[allow(clippy::expect_used)] // the plugin inserts it in the first update
    let context = contexts.iter(world).next().expect("rapier's plugin makes a context");
    if let Some(mut simulation) = world.get_mut::<RapierContextSimulation>(context) {
        let parameters = &mut simulation.integration_parameters;
        parameters.num_solver_iterations = SOLVER_ITERATIONS;
        // Exact gaps at every step date the hits; recycled contacts keep old ones.
        parameters.contact_recycling = false;
        parameters.contact_clustering = false;
        // The model with one friction row a manifold slides at exactly μ·N; the one with a row a point came out 10 %
        // short (rapier 0.35).
        parameters.friction_model = FrictionModel::Simplified;
    }
    if let Some(mut configuration) = world.get_mut::<RapierConfiguration>(context) {
        configuration.gravity = gravity;
    }
    context
}

/// Has rapier take in what was spawned, without letting time pass.
fn enter(app: &mut App, context: Entity) {
    let world = app.world_mut();
    for active in [false, true] {
        if let Some(mut configuration) = world.get_mut::<RapierConfiguration>(context) {
            configuration.physics_pipeline_active = active;
        }
        if !active {
            world.run_schedule(PhysicsStep);
        }
    }
}

/// All solids have the same components, so that rapier meets them in the order they were spawned.
fn spawn(app: &mut App, solid: &Solid, motion: &Motion) -> Entity {
    let mass = match motion {
        Motion::Falls(release) => release.mass,
        _ => ColliderMassProperties::default(),
    };
    // A body that falls stands fixed until it is let go.
    let body = match motion {
        Motion::Driven(_) => RigidBody::KinematicPositionBased,
        _ => RigidBody::Fixed,
    };
    let friction = Friction { coefficient: solid.friction, combine_rule: CoefficientCombineRule::Average };
    let restitution =
        Restitution { coefficient: solid.restitution, combine_rule: CoefficientCombineRule::Max };
    let place =
        Transform { translation: solid.start.translation, rotation: solid.start.rotation, scale: Vec3::ONE };
    let foresight = SoftCcd { prediction: FORESIGHT_M };
    let components =
        (place, body, solid.collider.clone(), mass, friction, restitution, Ccd::enabled(), foresight);
    app.world_mut().spawn(components).id()
}

struct BodyPoses<'w>(Option<&'w RapierRigidBodySet>);

impl BodyPoses<'_> {
    fn body(&self, entity: Entity) -> Option<Pose> {
        let set = self.0?;
        let position = set.bodies.get(*set.entity2body().get(&entity)?)?.position();
        Some(Pose::new(position.rotation, position.translation))
    }
}

fn rapier_bodies(world: &World, context: Entity) -> BodyPoses<'_> {
    BodyPoses(world.get::<RapierRigidBodySet>(context))
}

fn with_body(
    world: &mut World,
    context: Entity,
    entity: Entity,
    change: impl FnOnce(&mut bevy_rapier3d::rapier::dynamics::RigidBody),
) {
    let Some(mut set) = world.get_mut::<RapierRigidBodySet>(context) else { return };
    let handle = set.entity2body().get(&entity).copied();
    if let Some(body) = handle.and_then(|handle| set.bodies.get_mut(handle)) {
        change(body);
    }
}

fn to_rapier(pose: &Pose) -> RapierPose {
    RapierPose::from_parts(pose.translation, pose.rotation)
}
