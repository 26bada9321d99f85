-- What a policy may read, one row for each fact: of one person (:first = :last) or of everybody ('' to 'g').
-- The same text runs on SQLite, PostgreSQL and DuckDB: days and instants are whole numbers (see tables.py).
WITH standing AS (
  SELECT person_id, kind, disease, day, moment, test_kind, detected, valid_from, valid_until
  FROM record
  WHERE person_id BETWEEN :first AND :last AND received <= :now
    AND NOT EXISTS (
      SELECT 1 FROM superseded
      WHERE superseded.person_id = record.person_id AND superseded.record_id = record.record_id AND superseded.moment <= :now
    )
    AND NOT (  -- a dispute that nobody answered in time: counts against nobody (asking.set_aside)
      kind = 'test' AND COALESCE(detected, 1) = 1 AND EXISTS (
        SELECT 1 FROM dispute
        WHERE dispute.person_id = record.person_id AND dispute.record_id = record.record_id AND dispute.due <= :now
          AND NOT EXISTS (
            SELECT 1 FROM dispute_step AS step
            WHERE step.person_id = dispute.person_id AND step.dispute_id = dispute.dispute_id
              AND step.state = 'not_accepted' AND step.moment <= :now
          )
      )
    )
),
newest AS (
  SELECT person_id, test_kind, MAX(moment) AS moment
  FROM standing WHERE kind = 'test' AND moment <= :now
  GROUP BY person_id, test_kind
),
swab AS (  -- the samples of the days looked back on, each with what the others of its kind say of it
  SELECT person_id, test_kind, moment, detected,
    MAX(moment) OVER kinds AS newest,
    MAX(CASE WHEN detected = 1 THEN moment END) OVER kinds AS found,
    MIN(COALESCE(detected, 1)) OVER (
      PARTITION BY person_id, test_kind ORDER BY moment RANGE BETWEEN 59 PRECEDING AND 59 FOLLOWING
    ) AS least  -- of the reports of this very sample
  FROM standing WHERE kind = 'test' AND moment <= :now AND moment >= :now - (:today - :since) * 86400
  WINDOW kinds AS (PARTITION BY person_id, test_kind)
),
looked_back AS (  -- positive: established, as no report of the sample says otherwise
  -- earlier: a negative one of a day before the newest or more, nothing positive since
  SELECT person_id, test_kind,
    MAX(CASE WHEN detected = 1 AND least = 1 THEN moment END) AS positive,
    MAX(CASE WHEN detected = 0 AND moment <= newest - 86400 AND COALESCE(found, 0) <= moment - 60 THEN moment END) AS earlier
  FROM swab GROUP BY person_id, test_kind
),
said AS (  -- what somebody said and did not correct since; of a day, the temperature measured last has rank 1
  SELECT person_id, day, moment, temperature, normal, MAX(day) OVER (PARTITION BY person_id) AS last_day,
    ROW_NUMBER() OVER (
      PARTITION BY person_id, day
      ORDER BY CASE WHEN temperature IS NULL THEN 1 ELSE 0 END, moment DESC, temperature DESC
    ) AS warmth
  FROM declaration
  WHERE person_id BETWEEN :first AND :last AND moment <= :now
    AND NOT EXISTS (
      SELECT 1 FROM retold
      WHERE retold.person_id = declaration.person_id AND retold.said_id = declaration.declaration_id AND retold.moment <= :now
    )
),
declared AS (  -- several declarations of one day: the least normal of them counts
  SELECT person_id, day, MIN(COALESCE(normal, 1)) AS normal, COUNT(*) - COUNT(normal) AS unclear
  FROM said GROUP BY person_id, day
),
appealed AS (  -- upheld, or not answered in time: what it is about counts for nothing until it is decided otherwise
  SELECT person_id, about_id
  FROM appeal
  WHERE person_id BETWEEN :first AND :last AND opened <= :now
    AND (
      EXISTS (
        SELECT 1 FROM appeal_step AS step
        WHERE step.person_id = appeal.person_id AND step.appeal_id = appeal.appeal_id
          AND step.state = 'accepted' AND step.moment <= :now
      )
      OR appeal.due <= :now AND NOT EXISTS (
        SELECT 1 FROM appeal_step AS step
        WHERE step.person_id = appeal.person_id AND step.appeal_id = appeal.appeal_id
          AND step.state = 'not_accepted' AND step.moment <= :now
      )
    )
),
runs AS (  -- days without a gap share day minus rank
  SELECT person_id, day, normal, unclear, day - ROW_NUMBER() OVER (PARTITION BY person_id ORDER BY day) AS run
  FROM declared
),
last_run AS (
  SELECT person_id, run, COUNT(*) AS streak, MAX(day) AS day
  FROM runs GROUP BY person_id, run
),
last_days AS (
  SELECT person_id, MAX(day) AS day FROM declared GROUP BY person_id
),
facts AS (
  SELECT newest.person_id, 'tests' AS fact, newest.test_kind AS kind, newest.moment AS a,
    MIN(standing.detected) AS b, MAX(standing.detected) AS c, COUNT(*) - COUNT(standing.detected) AS d
  FROM newest JOIN standing
    ON standing.person_id = newest.person_id AND standing.test_kind = newest.test_kind
    AND standing.kind = 'test' AND standing.moment > newest.moment - 60 AND standing.moment <= newest.moment  -- one sample's reports
  GROUP BY newest.person_id, newest.test_kind, newest.moment
  UNION ALL
  SELECT person_id, 'positive', test_kind, positive, 0, 0, CAST(0 AS BIGINT)
  FROM looked_back WHERE positive IS NOT NULL
  UNION ALL
  SELECT person_id, 'earlier', test_kind, earlier, 0, 0, CAST(0 AS BIGINT)
  FROM looked_back WHERE earlier IS NOT NULL
  UNION ALL
  SELECT DISTINCT person_id, 'doses', disease, CAST(day AS BIGINT), 0, 0, CAST(0 AS BIGINT)
  FROM standing WHERE kind = 'vaccination' AND day <= :today
  UNION ALL
  SELECT DISTINCT person_id, CASE kind WHEN 'recovery' THEN 'recoveries' ELSE 'exemptions' END, disease,
    CAST(valid_from AS BIGINT), valid_until, 0, CAST(0 AS BIGINT)
  FROM standing WHERE kind IN ('recovery', 'exemption')
  UNION ALL
  SELECT last_run.person_id, 'declarations', '', CAST(last_run.day AS BIGINT), last.normal,
    CASE WHEN last.unclear > 0 AND last.normal = 1 THEN 1 ELSE 0 END, last_run.streak
  FROM last_run
    JOIN last_days ON last_days.person_id = last_run.person_id AND last_days.day = last_run.day
    JOIN declared AS last ON last.person_id = last_run.person_id AND last.day = last_run.day
  UNION ALL  -- the last day that was not plainly normal, which ends the normal streak
  SELECT person_id, 'abnormal', '', CAST(MAX(day) AS BIGINT), 0, 0, CAST(0 AS BIGINT)
  FROM declared WHERE normal = 0 OR unclear > 0 GROUP BY person_id
  UNION ALL
  SELECT person_id, 'ailing', '', CAST(MAX(day) AS BIGINT), 0, 0, CAST(0 AS BIGINT)
  FROM declared WHERE normal = 0 GROUP BY person_id
  UNION ALL  -- the temperature that was measured last, on the last day
  SELECT person_id, 'temperature', '', moment, temperature, 0, CAST(0 AS BIGINT)
  FROM said WHERE day = last_day AND warmth = 1 AND temperature IS NOT NULL
  UNION ALL
  SELECT DISTINCT person_id, 'trips', country || COALESCE('-' || division, ''), CAST(first_day AS BIGINT),
    COALESCE(last_day, first_day), 0, CAST(0 AS BIGINT)
  FROM trip
  WHERE person_id BETWEEN :first AND :last AND moment <= :now
    AND first_day <= :today AND COALESCE(last_day, first_day) >= :since
    AND NOT EXISTS (
      SELECT 1 FROM retold
      WHERE retold.person_id = trip.person_id AND retold.said_id = trip.trip_id AND retold.moment <= :now
    )
  UNION ALL
  SELECT DISTINCT person_id, 'contacts', kind, CAST(last_day AS BIGINT), last_day, 0, CAST(0 AS BIGINT)
  FROM contact WHERE person_id BETWEEN :first AND :last AND moment <= :now AND last_day BETWEEN :since AND :today
    AND NOT EXISTS (
      SELECT 1 FROM appealed WHERE appealed.person_id = contact.person_id AND appealed.about_id = contact.contact_id
    )
  UNION ALL
  SELECT DISTINCT person_id, 'observations', kind, CAST(first_day AS BIGINT), last_day, 0, CAST(0 AS BIGINT)
  FROM observation
  WHERE person_id BETWEEN :first AND :last AND moment <= :now AND first_day <= :today AND last_day >= :since
    AND NOT EXISTS (
      SELECT 1 FROM appealed
      WHERE appealed.person_id = observation.person_id AND appealed.about_id = observation.observation_id
    )
)
SELECT person_id, fact, kind, a, b, c, d FROM facts ORDER BY person_id, fact, kind, a, b
