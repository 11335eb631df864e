//! Model → plan: cannot fail.

mod event;
mod join;
mod names;
mod running;
mod sound;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use syn::Expr;

use crate::closure::Function;
use crate::model::{self, Each, Job, Kind, NodeId, Ordered, Refused};
use crate::plan::{
    BatchOf, Ends, Operation, Order, Plan, Refusing, Rows, Stage, State, Steps, placed,
};

/// Lowers the sound part of a job. Where mistakes were found, pipelines without any are lowered
/// all the same, so that the Rust compiler finds what is wrong with their types.
pub(crate) fn job<'m>(job: &'m Job, unfit: &BTreeSet<NodeId>) -> Plan<'m> {
    let sound = sound::nodes(job, unfit);
    let mut lowering = Lowering {
        job,
        stages: Vec::new(),
        numbers: BTreeMap::new(),
        dead_letters: Vec::new(),
    };
    for id in sound {
        lowering.node(id);
    }
    let Lowering {
        mut stages,
        dead_letters,
        ..
    } = lowering;
    link_consumers(&mut stages);
    number_segments(&mut stages);
    names::hide_leaking_names(&mut stages);
    Plan {
        form: &job.form,
        settings: &job.settings,
        changes: &job.changes,
        lock: job.lock.as_ref(),
        stages,
        dead_letters,
    }
}

struct Lowering<'m> {
    job: &'m Job,
    stages: Vec<Stage<'m>>,
    /// The number of the stage whose items are those of a node.
    numbers: BTreeMap<NodeId, usize>,
    /// The topics of refused records, each once.
    dead_letters: Vec<&'m Expr>,
}

impl<'m> Lowering<'m> {
    fn node(&mut self, id: NodeId) {
        let Some(node) = self.job.node(id) else {
            return;
        };
        let inputs: Vec<usize> = node
            .inputs
            .iter()
            .filter_map(|input| self.numbers.get(input).copied())
            .collect();
        let operation = match &node.kind {
            // What cannot be run yet does not come here: see `sound`.
            Kind::ToReserved(_) | Kind::Hole => return,
            Kind::Refused(refused) => Operation::Refused(*refused),
            Kind::Source(source) => Operation::Source(source),
            Kind::Decode { format } => Operation::Decode(format),
            Kind::Union => Operation::Union,
            Kind::Split { predicates } => Operation::Split(predicates),
            Kind::Arm => Operation::Arm,
            Kind::Each(each, function) => Operation::Each(*each, function),
            Kind::Plain(plain) => Operation::Plain(*plain),
            Kind::Aggregate(aggregate) if running::goes_on(node) => Operation::Running {
                running: running::of(aggregate, node),
                state: self.running_state(node, &inputs),
            },
            Kind::Passing(passing) => Operation::Passing {
                passing,
                nth: self.so_many_of(node),
            },
            Kind::Asking(asking) => ask(node, asking),
            Kind::Aggregate(aggregate) => Operation::Aggregate {
                aggregate,
                state: State {
                    event: self.event_window(node, &inputs),
                    ..self.state(node)
                },
            },
            Kind::Reserved {
                operator,
                functions,
                ordered: None,
            } => match (operator.name, functions.first()) {
                ("event_time", Some(function)) => self.event_time(node, function, &inputs),
                ("table", _) => Operation::Table {
                    ttl_ms: running::bound(node).ttl_ms,
                    state: self.state(node),
                },
                _ => return,
            },
            Kind::Reserved {
                ordered: Some(ordered),
                ..
            } => Operation::Ordered {
                ordered,
                bound: running::bound(node),
                state: self.ordered_state(ordered, node, &inputs),
            },
            Kind::Batch(each, function) => {
                return self.batch(id, node, inputs, *each, function);
            }
            Kind::Join(join) => self.join(node, &inputs, *join),
            Kind::UpdateState(function) => Operation::UpdateState {
                function,
                state: self.state(node),
            },
            Kind::Print { limit } => return self.print(id, node, inputs, limit.as_ref()),
            Kind::ToParts {
                place,
                to,
                suffix,
                roll,
                format,
            } => Operation::ToParts {
                place: *place,
                to,
                suffix: suffix.as_ref(),
                roll: *roll,
                format,
                every_ms: node.trigger.as_ref().map(|trigger| trigger.every_ms),
            },
            Kind::ToKafka {
                topic,
                key,
                value,
                headers,
                format,
            } => Operation::ToKafka {
                topic,
                key: key.as_ref(),
                value: value.as_ref(),
                headers: headers.as_ref(),
                format,
            },
            Kind::ToOwn(kind, sink) => Operation::ToOwn(*kind, sink),
            Kind::ToNull => Operation::ToNull,
        };
        let number = self.push(node, operation, inputs);
        self.numbers.insert(id, number);
    }

    /// The state of a stage that works on a key's items in their order.
    fn ordered_state(&self, ordered: &Ordered, node: &model::Node, inputs: &[usize]) -> State {
        match ordered {
            Ordered::Process(_) => State {
                event: self.event_timers(inputs),
                ..self.state(node)
            },
            _ => self.keyed_state(node, inputs),
        }
    }

    /// `print every 1s` keeps rows until the interval ends, and then prints them.
    fn print(
        &mut self,
        id: NodeId,
        node: &'m model::Node,
        mut inputs: Vec<usize>,
        limit: Option<&'m Expr>,
    ) {
        let rows = if let Some(trigger) = &node.trigger {
            let rows = Operation::Rows {
                state: self.state(node),
            };
            inputs = vec![self.push(node, rows, inputs)];
            Rows::InIntervals {
                ends: vec![Ends::every(trigger.every_ms)],
                order: Order::Arrival,
            }
        } else {
            let mut ends = Vec::new();
            for input in &inputs {
                self.intervals_reaching(*input, &mut ends);
            }
            ends.sort_unstable();
            ends.dedup();
            if ends.is_empty() {
                Rows::AsTheyCome
            } else {
                let order = if inputs.iter().all(|input| self.is_ranked(*input)) {
                    Order::Ranked
                } else {
                    Order::Sorted
                };
                Rows::InIntervals { ends, order }
            }
        };
        let number = self.push(node, Operation::Print { limit, rows }, inputs);
        self.numbers.insert(id, number);
    }

    /// A function of many items gets those of a batch; behind a trigger, or with one of its own, those
    /// of the interval, which are gathered first.
    fn batch(
        &mut self,
        id: NodeId,
        node: &'m model::Node,
        mut inputs: Vec<usize>,
        each: Each,
        function: &'m Function,
    ) {
        let mut intervals = Vec::new();
        for input in &inputs {
            self.intervals_reaching(*input, &mut intervals);
        }
        let ends = match &node.trigger {
            Some(trigger) => Some(Ends::every(trigger.every_ms)),
            None => intervals.into_iter().reduce(Ends::and),
        };
        let of = match ends {
            // There are no batches of records there: what one round brings is taken together.
            None if inputs.iter().any(|input| self.leaves_a_round(*input)) => {
                let gather = Operation::Gather {
                    ends: None,
                    state: None,
                };
                inputs = vec![self.push(node, gather, inputs)];
                BatchOf::Interval
            }
            None => BatchOf::Block,
            Some(ends) => {
                let stays =
                    node.trigger.is_some() || !inputs.iter().all(|input| self.is_timed(*input));
                let state = stays.then(|| State {
                    every_ms: ends.every_ms,
                    steps: (!ends.are_multiples()).then_some(Steps::Placed(ends.placed())),
                    ..self.state(node)
                });
                inputs = vec![self.push(
                    node,
                    Operation::Gather {
                        ends: Some(ends),
                        state,
                    },
                    inputs,
                )];
                BatchOf::Interval
            }
        };
        let batch = Operation::Batch { each, function, of };
        let number = self.push(node, batch, inputs);
        self.numbers.insert(id, number);
    }

    /// Whether items of a stage come in rounds, and not in the loop over records.
    fn leaves_a_round(&self, number: usize) -> bool {
        let Some(stage) = self.stages.get(number) else {
            return false;
        };
        if let (Operation::Refused(refused), Some(refusing)) =
            (&stage.operation, stage.inputs.first())
            && self
                .stages
                .get(*refusing)
                .is_some_and(|refusing| leaves_with_records(*refused, &refusing.operation))
        {
            let inputs = self.stages.get(*refusing).map(|refusing| &refusing.inputs);
            return inputs.is_some_and(|inputs| inputs.iter().any(|it| self.leaves_a_round(*it)));
        }
        stage.operation.ends_loop()
            || matches!(stage.operation, Operation::Gather { .. })
            || stage.inputs.iter().any(|input| self.leaves_a_round(*input))
    }

    /// Whether the items of a stage come only when intervals end.
    fn is_timed(&self, number: usize) -> bool {
        let are_timed = |inputs: &[usize]| {
            !inputs.is_empty() && inputs.iter().all(|input| self.is_timed(*input))
        };
        let Some(stage) = self.stages.get(number) else {
            return false;
        };
        match self.refusing(stage) {
            Some(refusing) => are_timed(&refusing.inputs),
            None => stage.operation.ends_loop() || are_timed(&stage.inputs),
        }
    }

    /// The topic that gets what a stage refuses: its own, or that of the job.
    fn dead_letter(&mut self, node: &'m model::Node) -> Option<usize> {
        let topic = match &node.policy {
            Some(policy) => policy.dead_letter.as_ref(),
            None => self.job.settings.dead_letter.as_ref(),
        };
        topic.map(|topic| self.number_of_topic(topic))
    }

    fn number_of_topic(&mut self, topic: &'m Expr) -> usize {
        let text = |topic: &Expr| topic.to_token_stream().to_string();
        let wanted = text(topic);
        let known = self.dead_letters.iter();
        let known = known.map(|known| text(known));
        let place = known.into_iter().position(|known| known == wanted);
        place.unwrap_or_else(|| {
            self.dead_letters.push(topic);
            self.dead_letters.len() - 1
        })
    }

    fn push(
        &mut self,
        node: &'m model::Node,
        operation: Operation<'m>,
        inputs: Vec<usize>,
    ) -> usize {
        let on_error = node
            .policy
            .as_ref()
            .map_or(self.job.settings.on_error, |policy| policy.on_error);
        let stage = Stage {
            word: &node.word,
            text: &node.text,
            operation,
            inputs,
            consumers: Vec::new(),
            segment: 0,
            on_error,
            can_fail: crate::check::can_fail(&node.kind) && !is_fine(&node.kind),
            failed: Refusing {
                dead_letter: self.dead_letter(node),
                to: None,
            },
            late: Refusing {
                dead_letter: node
                    .late_policy
                    .as_ref()
                    .and_then(|policy| policy.dead_letter.as_ref())
                    .map(|topic| self.number_of_topic(topic)),
                to: None,
            },
            retry: node.policy.as_ref().and_then(|policy| policy.retry),
            default: node
                .policy
                .as_ref()
                .and_then(|policy| policy.default.as_ref()),
            inverse: node
                .keeping
                .inverse
                .as_ref()
                .map(|inverse| &inverse.function),
            scoped: false,
        };
        self.stages.push(stage);
        self.stages.len() - 1
    }

    /// What the stage keeps, under the user's name or under one that no user can write.
    ///
    /// Named stages count too: giving a stage a name must not hand its state to the next one.
    fn state(&self, node: &model::Node) -> State {
        let (every_ms, steps) = period(node);
        let name = node.name.as_ref();
        let name = name.map_or_else(|| self.own_name(node), ToString::to_string);
        let migrated = self.job.changes.of(&name).last();
        let locked = self.job.lock.as_ref().and_then(|lock| lock.state(&name));
        let version = migrated
            .map_or(1, |migration| migration.to)
            .max(locked.map_or(1, |locked| locked.version));
        State {
            name,
            named_at: node.name.as_ref().map(proc_macro2::Ident::span),
            every_ms,
            steps,
            event: None,
            version,
        }
    }

    /// The stage that does not take the items of a stream, where it is one of such: they come from where
    /// that one got them.
    fn refusing(&self, stage: &Stage<'m>) -> Option<&Stage<'m>> {
        match stage.operation {
            Operation::Refused(_) => self.stages.get(*stage.inputs.first()?),
            _ => None,
        }
    }

    /// Whether the items of a stage come out of `top` alone, in its order.
    fn is_ranked(&self, number: usize) -> bool {
        let Some(stage) = self.stages.get(number) else {
            return false;
        };
        match &stage.operation {
            Operation::Aggregate { aggregate, .. } => {
                matches!(
                    aggregate,
                    model::Aggregate::Top { .. } | model::Aggregate::HeavyHitters { .. }
                )
            }
            _ => {
                !stage.inputs.is_empty() && stage.inputs.iter().all(|input| self.is_ranked(*input))
            }
        }
    }

    /// A name that no user can write: the stage's word, and which one of its kind it is.
    fn own_name(&self, node: &model::Node) -> String {
        let keeps = |operation: &Operation<'_>| {
            operation.state().is_some() || matches!(operation, Operation::EventTime { .. })
        };
        let stages = self.stages.iter();
        let before = stages
            .filter(|stage| keeps(&stage.operation) && *stage.word == node.word)
            .count();
        format!("{}.{}", node.word, before + 1)
    }

    /// How many stages of this word there are so far.
    fn so_many_of(&self, node: &model::Node) -> u64 {
        let alike = self.stages.iter().filter(|stage| *stage.word == node.word);
        alike.fold(0, |count, _| count + 1)
    }

    fn intervals_reaching(&self, number: usize, ends: &mut Vec<Ends>) {
        let Some(stage) = self.stages.get(number) else {
            return;
        };
        if let Some(refusing) = self.refusing(stage) {
            for input in &refusing.inputs {
                self.intervals_reaching(*input, ends);
            }
            return;
        }
        if let Operation::IntervalJoin { .. } = stage.operation {
            // What meets leaves at once.
            return;
        }
        if let Operation::LookUp { .. } = stage.operation {
            // Items leave as they come; a table has no intervals.
            let stream = stage.inputs.first();
            return stream
                .into_iter()
                .for_each(|input| self.intervals_reaching(*input, ends));
        }
        if let Operation::Running { running, .. } = &stage.operation
            && let Some(updates_ms) = running.updates_ms
        {
            ends.push(Ends::every(updates_ms));
            return;
        }
        let is_timed = !matches!(
            stage.operation,
            Operation::Ordered { .. } | Operation::Running { .. }
        );
        if is_timed && let Some(state) = stage.operation.state() {
            // Windows of event time close whenever the watermark passes them, and sessions behind
            // any gap, or with items.
            if state.event.is_none() && !state.is_of_sessions() && !state.ends_with_items() {
                ends.push(state.ends());
            }
            return;
        }
        for input in &stage.inputs {
            self.intervals_reaching(*input, ends);
        }
    }
}

/// Whether what a stage does not take goes on in the loop that has brought it.
fn leaves_with_records(refused: Refused, refusing: &Operation<'_>) -> bool {
    match (refused, refusing) {
        (Refused::Failed, Operation::Aggregate { state, .. }) => !state.ends_with_items(),
        (Refused::Failed, _) => false,
        // That shows when all items of a round are there.
        (Refused::Late, Operation::Aggregate { state, .. } | Operation::Join { state, .. }) => {
            !state.is_of_sessions()
        }
        (Refused::Late, _) => true,
    }
}

/// Whether a stage refuses nothing as it is written, although others like it may.
fn is_fine(kind: &Kind) -> bool {
    match kind {
        Kind::Reserved {
            ordered: Some(ordered),
            ..
        } => match ordered {
            Ordered::Dedup(function) => !crate::check::leaves_by_try(function),
            Ordered::Scan { .. }
            | Ordered::Lag(_)
            | Ordered::MapWithState { .. }
            | Ordered::Process(_) => true,
        },
        Kind::Refused(_) => true,
        _ => false,
    }
}

/// A stage that asks about its items.
fn ask<'m>(node: &model::Node, asking: &'m model::Asking) -> Operation<'m> {
    Operation::Ask {
        asking,
        answers: node.keeping.answers,
        ttl_ms: node.keeping.bound.and_then(|bound| bound.ttl_ms),
    }
}

/// How often results leave, and of which steps.
fn period(node: &model::Node) -> (u64, Option<Steps>) {
    let every_ms = node
        .trigger
        .as_ref()
        .map_or(1_000, |trigger| trigger.every_ms);
    match &node.keeping.window {
        None => (every_ms, None),
        Some(window) => placed::steps(window),
    }
}

fn link_consumers(stages: &mut [Stage<'_>]) {
    let links: Vec<(usize, usize)> = stages
        .iter()
        .enumerate()
        .flat_map(|(number, stage)| stage.inputs.iter().map(move |input| (*input, number)))
        .collect();
    for (input, number) in links {
        let refused = match stages.get(number).map(|stage| &stage.operation) {
            Some(Operation::Refused(refused)) => Some(*refused),
            _ => None,
        };
        if let Some(stage) = stages.get_mut(input) {
            match refused {
                None => stage.consumers.push(number),
                Some(Refused::Failed) => stage.failed.to = Some(number),
                Some(Refused::Late) => stage.late.to = Some(number),
            }
        }
    }
}

/// A loop begins at a source, and behind every stage that keeps state.
fn number_segments(stages: &mut [Stage<'_>]) {
    let mut begun = 0;
    let mut behind_state: BTreeMap<usize, usize> = BTreeMap::new();
    for number in 0..stages.len() {
        let input = stages
            .get(number)
            .and_then(|stage| stage.inputs.first().copied());
        let is_refused = |before: &Stage<'_>| match stages.get(number).map(|of| &of.operation) {
            Some(Operation::Refused(Refused::Late)) => {
                leaves_with_records(Refused::Late, &before.operation)
            }
            Some(Operation::Refused(Refused::Failed)) => true,
            _ => false,
        };
        let segment = match input {
            None => next(&mut begun),
            Some(input) => match stages.get(input) {
                // What a stage does not take goes on in the loop that has brought it.
                Some(before) if before.operation.ends_loop() && !is_refused(before) => {
                    *behind_state
                        .entry(input)
                        .or_insert_with(|| next(&mut begun))
                }
                Some(before) => before.segment,
                None => 0,
            },
        };
        if let Some(stage) = stages.get_mut(number) {
            stage.segment = segment;
        }
    }
}

fn next(begun: &mut usize) -> usize {
    *begun += 1;
    *begun - 1
}
