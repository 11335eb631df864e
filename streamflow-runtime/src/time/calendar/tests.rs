use super::*;

fn plain(every_ms: u64, offset_ms: u64) -> Calendar {
    Calendar::of(Ends {
        every_ms,
        offset_ms,
        zone: None,
    })
}

#[test]
fn steps_begin_at_multiples_moved_by_the_offset() {
    let calendar = plain(10, 3);
    assert_eq!(calendar.begin_of(3), 3);
    assert_eq!(calendar.begin_of(12), 3);
    assert_eq!(calendar.begin_of(2), -7);
    assert_eq!(calendar.after(3), 13);
    assert!(calendar.is_end(13) && !calendar.is_end(10));
    assert_eq!(calendar.back(13, 30), -17);
}

#[test]
fn ends_of_time_are_no_panic() {
    for calendar in [plain(1_000, 1), plain(7, 3)] {
        for time_ms in [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX] {
            assert!(calendar.begin_of(time_ms) <= time_ms);
            assert!(calendar.after(time_ms) >= time_ms);
        }
    }
}

#[cfg(feature = "tz")]
mod places {
    use proptest::prelude::*;

    use super::super::*;

    const HOUR_MS: i64 = 3_600_000;
    /// 00:00 of 29 March 2026 in Berlin: the day has 23 hours.
    const SPRING_MS: i64 = 1_774_738_800_000;
    /// 00:00 of 25 October 2026 in Berlin: the day has 25 hours.
    const AUTUMN_MS: i64 = 1_792_879_200_000;

    fn of(zone: &'static str, every_ms: i64, offset_ms: i64) -> Calendar {
        Calendar::of(Ends {
            every_ms: every_ms.unsigned_abs(),
            offset_ms: offset_ms.unsigned_abs(),
            zone: Some(zone),
        })
    }

    #[test]
    fn days_follow_the_midnights_of_the_place() {
        let days = of("Europe/Berlin", DAY_MS, 0);
        for (begin_ms, hours) in [(SPRING_MS, 23), (AUTUMN_MS, 25)] {
            for hour in 0..hours {
                let time_ms = begin_ms + hour * HOUR_MS;
                assert_eq!(days.begin_of(time_ms), begin_ms);
                assert_eq!(days.after(time_ms), begin_ms + hours * HOUR_MS);
            }
            assert_eq!(days.begin_of(begin_ms - 1), begin_ms - DAY_MS);
            assert_eq!(days.back(begin_ms + hours * HOUR_MS, DAY_MS), begin_ms);
        }
    }

    #[test]
    fn hours_are_hours_of_time_from_midnight_on() {
        let hours = of("Europe/Berlin", HOUR_MS, 0);
        for hour in 0..25 {
            let begin_ms = AUTUMN_MS + hour * HOUR_MS;
            assert_eq!(hours.begin_of(begin_ms + 1), begin_ms);
            assert_eq!(hours.after(begin_ms), begin_ms + HOUR_MS);
        }
        // The clocks of Lord Howe Island change by half an hour: the last hour of the day is cut short.
        let days = of("Australia/Lord_Howe", DAY_MS, 0);
        let hours = of("Australia/Lord_Howe", HOUR_MS, 0);
        let day_ms = days.begin_of(1_791_034_200_000 + 12 * HOUR_MS);
        let end_ms = days.after(day_ms);
        assert_eq!((end_ms - day_ms) % HOUR_MS, HOUR_MS / 2);
        assert_eq!(hours.begin_of(end_ms - 1), end_ms - HOUR_MS / 2);
        assert_eq!(hours.after(end_ms - 1), end_ms);
        assert_eq!(hours.back(end_ms, 2 * HOUR_MS), end_ms - HOUR_MS * 3 / 2);
    }

    #[test]
    fn steps_of_a_day_that_it_is_not_made_of_end_with_it() {
        let steps = of("Europe/Berlin", 6 * HOUR_MS, 0);
        let ends: Vec<i64> = std::iter::successors(Some(SPRING_MS), |at| Some(steps.after(*at)))
            .take(6)
            .map(|at| (at - SPRING_MS) / HOUR_MS)
            .collect();
        assert_eq!(ends, [0, 6, 12, 18, 23, 29]);
        assert_eq!(
            steps.back(SPRING_MS + 29 * HOUR_MS, 12 * HOUR_MS),
            SPRING_MS + 18 * HOUR_MS
        );
    }

    #[test]
    fn days_back_are_as_far_behind_midnight() {
        let steps = of("Europe/Berlin", 6 * HOUR_MS, 0);
        let two_days = 2 * DAY_MS;
        let before = AUTUMN_MS - two_days;
        for (hours, back_to) in [(0, 0), (6, 6), (18, 18), (24, 18), (25, 24)] {
            let end_ms = AUTUMN_MS + hours * HOUR_MS;
            assert_eq!(steps.back(end_ms, two_days), before + back_to * HOUR_MS);
        }
        let before = SPRING_MS - two_days;
        for (hours, back_to) in [(6, 6), (18, 18), (23, 24)] {
            let end_ms = SPRING_MS + hours * HOUR_MS;
            assert_eq!(steps.back(end_ms, two_days), before + back_to * HOUR_MS);
        }
    }

    proptest! {
        /// Steps follow each other without a gap, in every place, and each is of its days.
        #[test]
        fn steps_follow_each_other(
            zone in prop::sample::select(vec![
                "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo",
                "America/Havana", "Asia/Kathmandu", "Pacific/Apia", "America/Asuncion",
            ]),
            every_ms in prop::sample::select(vec![
                DAY_MS, 2 * DAY_MS, 7 * DAY_MS, HOUR_MS, 6 * HOUR_MS, HOUR_MS / 4, DAY_MS / 2,
            ]),
            offset in 0_i64..8,
            time_ms in 0_i64..4_000_000_000_000,
        ) {
            let calendar = of(zone, every_ms, offset * every_ms / 8);
            let begin_ms = calendar.begin_of(time_ms);
            let end_ms = calendar.after(time_ms);
            prop_assert!(begin_ms <= time_ms && time_ms < end_ms);
            prop_assert!(calendar.is_end(begin_ms) && calendar.is_end(end_ms));
            prop_assert_eq!(calendar.begin_of(end_ms - 1), begin_ms);
            prop_assert_eq!(calendar.after(begin_ms), end_ms);
            prop_assert_eq!(calendar.back(end_ms, every_ms), begin_ms);
        }
    }
}
