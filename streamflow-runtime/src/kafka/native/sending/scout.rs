//! Asks the cluster, on a thread of its own: a broker that says nothing keeps nobody from sending.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use super::threads;
use super::words::{Tells, Word};
use crate::error::Error;
use crate::kafka::native::brokers::Brokers;
use crate::kafka::native::connection::{Frame, Trouble};
use crate::kafka::native::protocol::{Api, ProducerId, read_producer_id, write_producer_id};

/// What the cluster is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// Who leads what.
    Leaders,
    /// The same, as what it said last has turned out wrong: another broker may know more.
    LeadersElsewhere,
    /// Who we are.
    Id,
}

/// Whom the courier gives his questions. Dropped, it ends after the one it is at.
#[derive(Debug)]
pub(super) struct Scout(Sender<Question>);

impl Scout {
    pub(super) fn start(brokers: Brokers, topic: &Arc<str>, tells: &Tells) -> Result<Self, Error> {
        let (questions, received) = mpsc::channel();
        let (topic, tells) = (Arc::clone(topic), tells.clone());
        threads::start("streamflow-ask", Arc::clone(&tells.outbox), move || {
            answer_all(&received, brokers, &topic, &tells);
        })?;
        Ok(Scout(questions))
    }

    pub(super) fn ask(&self, question: Question) {
        // Its thread ends after this only, or by a panic, which has ended the run.
        let _ = self.0.send(question);
    }
}

fn answer_all(
    questions: &Receiver<Question>,
    mut brokers: Brokers,
    topic: &Arc<str>,
    tells: &Tells,
) {
    while let Ok(question) = questions.recv() {
        if question == Question::LeadersElsewhere {
            brokers.ask_another();
        }
        tells.say(match question {
            Question::Leaders | Question::LeadersElsewhere => {
                Word::Leaders(brokers.ask(std::slice::from_ref(topic)))
            }
            Question::Id => Word::Id(id(&mut brokers)),
        });
    }
}

/// Who we are to brokers: the first one that answers says it.
fn id(brokers: &mut Brokers) -> Result<Result<ProducerId, i16>, Trouble> {
    let mut frame = Frame::default();
    let asked = brokers.try_each(|connection| {
        let version = connection.version(Api::ProducerId)?;
        let correlation = connection.send(Api::ProducerId, version, write_producer_id)?;
        connection.receive(correlation, &mut frame)?;
        read_producer_id(frame.bytes())
            .map_err(|malformed| connection.malformed(Api::ProducerId, malformed))
    });
    asked.map(|(id, ..)| id)
}
