//! Gathers the stages of a job while its chains are read.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;

use crate::closure;
use crate::diagnostics::Diagnostics;
use crate::model::{
    Binding, Changes, Form, Health, Job, Keeping, Kind, Node, NodeId, Policy, Refused, Secret,
    Settings, Source, Trigger,
};
use crate::support::Use;
use crate::syntax::Operation;

/// The job so far.
#[derive(Debug)]
pub(super) struct Builder {
    settings: Settings,
    nodes: Vec<Node>,
    bindings: Vec<Binding>,
    ends: Vec<NodeId>,
    /// Names that were used before they were given.
    too_early: Vec<String>,
    later: Vec<Use>,
    secrets: Vec<Secret>,
    /// Whether an interval stands where it does not belong, which is reported: that an aggregate
    /// has none is then no second mistake.
    pub(super) interval_told: bool,
    /// Whether a stage that would have named streams is not understood, which is reported: that
    /// they have no name is then no second mistake.
    pub(super) names_told: bool,
    /// The names that `let` gives anywhere in the job.
    pub(super) names_later: Vec<String>,
}

/// What a stage is, apart from where it stands.
#[derive(Debug)]
pub(super) struct NewStage<'a> {
    pub(super) word: &'a Ident,
    pub(super) text: &'a str,
    pub(super) kind: Kind,
    pub(super) trigger: Option<Trigger>,
    pub(super) policy: Option<Policy>,
    pub(super) late_policy: Option<Policy>,
    pub(super) name: Option<Ident>,
    pub(super) keeping: Keeping,
    pub(super) nondet: bool,
    /// Whether it uses what the runtime cannot run yet.
    pub(super) later: bool,
    pub(super) health: Health,
}

impl<'a> NewStage<'a> {
    /// A sound stage without clauses.
    pub(super) fn plain(word: &'a Ident, text: &'a str, kind: Kind) -> Self {
        NewStage {
            word,
            text,
            kind,
            trigger: None,
            policy: None,
            late_policy: None,
            name: None,
            keeping: Keeping::default(),
            nondet: false,
            later: false,
            health: Health::Sound,
        }
    }
}

impl Builder {
    pub(super) fn new(settings: Settings, later: Vec<Use>, secrets: Vec<Secret>) -> Self {
        Builder {
            later,
            secrets,
            settings,
            nodes: Vec::new(),
            bindings: Vec::new(),
            ends: Vec::new(),
            too_early: Vec::new(),
            interval_told: false,
            names_told: false,
            names_later: Vec::new(),
        }
    }

    pub(super) fn finish(self, form: Form) -> Job {
        let Builder {
            settings,
            nodes,
            bindings,
            ends,
            later,
            secrets,
            ..
        } = self;
        Job {
            form,
            settings,
            nodes,
            bindings,
            ends,
            later,
            secrets,
            changes: Changes::default(),
            lock: None,
        }
    }

    /// Adds a stage that these streams flow into.
    pub(super) fn add(&mut self, stage: NewStage<'_>, inputs: Vec<NodeId>) -> NodeId {
        self.nodes.push(Node {
            word: stage.word.clone(),
            text: stage.text.to_owned(),
            inputs,
            kind: stage.kind,
            trigger: stage.trigger,
            policy: stage.policy,
            late_policy: stage.late_policy,
            name: stage.name,
            keeping: stage.keeping,
            nondet: stage.nondet,
            later: stage.later,
            health: stage.health,
        });
        NodeId(self.nodes.len() - 1)
    }

    /// Adds a source, or gives the one that already reads the same topic: two pipelines from one
    /// topic then share one pass over it.
    pub(super) fn add_source(&mut self, stage: NewStage<'_>) -> NodeId {
        if let Kind::Source(Source::Kafka { topics, reads }) = &stage.kind {
            let wanted = topics.to_token_stream().to_string();
            let options = &reads.written;
            let same = self.nodes.iter().position(|node| match &node.kind {
                Kind::Source(Source::Kafka { topics, reads }) => {
                    is_constant(topics)
                        && topics.to_token_stream().to_string() == wanted
                        && reads.written == *options
                }
                _ => false,
            });
            if let Some(at) = same {
                return NodeId(at);
            }
        }
        self.add(stage, Vec::new())
    }

    /// Adds the decoding of a source's records, or gives the one that already does the same.
    pub(super) fn add_decode(&mut self, stage: NewStage<'_>, source: NodeId) -> NodeId {
        let same = self.nodes.iter().position(|node| {
            node.inputs == [source]
                && matches!((&node.kind, &stage.kind),
                    (Kind::Decode { format: known }, Kind::Decode { format })
                        if known.to_token_stream().to_string() == format.to_token_stream().to_string())
                && is_alike(node.policy.as_ref(), stage.policy.as_ref())
        });
        same.map_or_else(|| self.add(stage, vec![source]), NodeId)
    }

    pub(super) fn union(&mut self, word: &Ident, inputs: Vec<NodeId>) -> NodeId {
        self.add(NewStage::plain(word, "union", Kind::Union), inputs)
    }

    /// Adds a stage that could not be understood; its mistake is reported.
    pub(super) fn hole(&mut self, input: Option<NodeId>) -> NodeId {
        let word = Ident::new("hole", Span::mixed_site());
        let stage = NewStage {
            health: Health::Poisoned,
            ..NewStage::plain(&word, "", Kind::Hole)
        };
        self.add(stage, input.into_iter().collect())
    }

    /// Notes that a pipeline ends here.
    pub(super) fn end(&mut self, last: NodeId) {
        self.ends.push(last);
    }

    /// The word of a stage, if it is a sink.
    pub(super) fn sink_word(&self, node: NodeId) -> Option<Ident> {
        self.nodes
            .get(node.0)
            .filter(|node| node.is_sink())
            .map(|node| node.word.clone())
    }

    /// Whether a stage is a `split`, whose items go on in its arms.
    pub(super) fn is_split(&self, node: NodeId) -> bool {
        self.nodes
            .get(node.0)
            .is_some_and(|node| matches!(node.kind, Kind::Split { .. }))
    }

    /// A sink as it was written, with the `to` that stands in front of most.
    pub(super) fn sink_text(&self, node: NodeId) -> String {
        self.nodes
            .get(node.0)
            .map_or_else(String::new, |node| match node.kind {
                Kind::ToParts { .. }
                | Kind::ToKafka { .. }
                | Kind::ToOwn(..)
                | Kind::ToNull
                | Kind::ToReserved(_) => {
                    format!("to {}", node.text)
                }
                _ => node.text.clone(),
            })
    }

    pub(super) fn bind(&mut self, name: &Ident, node: NodeId, diagnostics: &mut Diagnostics) {
        if self.bindings.iter().any(|binding| binding.name == *name) {
            diagnostics
                .error(name.span(), format!("two streams are named `{name}`"))
                .help(format!("give this one another name, such as `{name}_2`"));
        }
        let sink = self.sink_word(node);
        if let Some(sink) = &sink {
            diagnostics
                .error(
                    sink.span(),
                    format!("`{name}` names a stream that ends in `{sink}`"),
                )
                .help(format!(
                    "take `let {name} =` away, or end it before `{sink}`"
                ));
        }
        self.bindings.push(Binding {
            name: name.clone(),
            node,
            used: sink.is_some() || self.too_early.contains(&name.to_string()),
        });
    }

    /// Names the streams of items that a stage refuses, or that come too late: `else to(name)`.
    pub(super) fn bind_refused(&mut self, stage: NodeId, diagnostics: &mut Diagnostics) {
        let Some(node) = self.nodes.get(stage.0) else {
            return;
        };
        let policies = [
            (&node.policy, Refused::Failed),
            (&node.late_policy, Refused::Late),
        ];
        let named = policies.into_iter().filter_map(|(policy, refused)| {
            let name = policy.as_ref()?.to.clone()?;
            Some((name, refused))
        });
        for (name, refused) in named.collect::<Vec<_>>() {
            let text = name.to_string();
            let refused = NewStage::plain(&name, &text, Kind::Refused(refused));
            let node = self.add(refused, vec![stage]);
            self.bind(&name, node, diagnostics);
        }
    }

    /// Notes what the runtime cannot run yet; whether there is any. Of one stage the first use is
    /// noted: the others belong to it.
    pub(super) fn note_later(&mut self, uses: Vec<Use>, operation: &Operation) -> bool {
        let first = uses.into_iter().next().map(|one| one.of(operation));
        let is_later = first.is_some();
        self.later.extend(first);
        is_later
    }

    /// Notes literals that look like secrets.
    pub(super) fn note_secrets(&mut self, secrets: Vec<Secret>) {
        self.secrets.extend(secrets);
    }

    pub(super) fn named(&mut self, name: &Ident) -> Option<NodeId> {
        let binding = self
            .bindings
            .iter_mut()
            .rev()
            .find(|binding| binding.name == *name)?;
        binding.used = true;
        Some(binding.node)
    }

    /// Notes a name that no stream in front of it has.
    pub(super) fn used_too_early(&mut self, name: &Ident) {
        self.too_early.push(name.to_string());
    }

    /// Notes that streams are used where the compiler does not read them yet: `join(orders)`.
    pub(super) fn mention(&mut self, tokens: &TokenStream) {
        let mentioned = closure::mentioned(tokens);
        for binding in &mut self.bindings {
            binding.used |= mentioned.contains(&binding.name.to_string());
        }
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.bindings
            .iter()
            .map(|binding| binding.name.to_string())
            .collect()
    }
}

/// Whether an expression gives the same value wherever it stands.
fn is_constant(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Array(array) => array.elems.iter().all(is_constant),
        // Nothing changes a variable between two sources of one job.
        syn::Expr::Lit(_) | syn::Expr::Path(_) => true,
        syn::Expr::Reference(reference) => is_constant(&reference.expr),
        _ => false,
    }
}

/// Whether two stages that do the same also treat what they refuse in the same way.
fn is_alike(one: Option<&Policy>, other: Option<&Policy>) -> bool {
    let (Some(one), Some(other)) = (one, other) else {
        return one.is_none() && other.is_none();
    };
    let topic = |policy: &Policy| {
        let topic = policy.dead_letter.as_ref();
        topic.map(|topic| topic.to_token_stream().to_string())
    };
    one.on_error == other.on_error
        && topic(one) == topic(other)
        && one.retry.is_none()
        && other.retry.is_none()
        && one.to.is_none()
        && other.to.is_none()
}
