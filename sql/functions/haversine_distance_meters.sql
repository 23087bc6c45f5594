-- Great-circle distance on a sphere of the earth's mean radius, 6,371,000 m (haversine formula).
create or replace function haversine_distance_meters(lat1 double precision, lng1 double precision, lat2 double precision, lng2 double precision)
returns double precision
language sql immutable parallel safe as $$
  select 2 * 6371000 * asin(least(1, sqrt(
    power(sin(radians(lat2 - lat1) / 2), 2)
    + cos(radians(lat1)) * cos(radians(lat2)) * power(sin(radians(lng2 - lng1) / 2), 2))))
$$;
comment on function haversine_distance_meters(double precision, double precision, double precision, double precision) is 'Great-circle distance of two points in metres.';
