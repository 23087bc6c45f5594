/**
 * A `with` list whose `unread` holds the committed evidence that the correlator has not processed. Two index ranges, so that a foreign
 * transaction that stays open for hours makes nobody read again what came since.
 */
export const WITH_UNREAD_EVIDENCE = `
  with position as (
    select p.base, p.target, p.last_xid, p.last_id, array(select pg_snapshot_xip(p.base)) as running
    from (
      select coalesce(stored.base, '1:1:'::pg_snapshot) as base, stored.target, stored.last_xid, stored.last_id
      from (select 1) one
      left join oms_evidence_positions stored on stored.reader = 'correlator'
    ) p
  ), unread as (
    select e.xid, e.received_at
    from position p
    cross join lateral (
      select * from oms_evidence where xid = any (p.running)
      union all
      select * from oms_evidence where xid >= pg_snapshot_xmax(p.base)
    ) e
    where not coalesce(pg_visible_in_snapshot(e.xid, p.target) and (e.xid, e.id) <= (p.last_xid, p.last_id), false)
  )`;
