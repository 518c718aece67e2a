# A blue/green script as one finds it: the live colour stops first, since both publish the same port. Argument: the tag.
set -eu
image=registry.lab:5000/shop:$1
docker pull --quiet "$image" >/dev/null
if [ -n "$(docker ps --quiet --filter name=^bench-blue$)" ]; then live=bench-blue next=bench-green; else live=bench-green next=bench-blue; fi
docker stop --time 35 "$live" >/dev/null 2>&1 || :
docker rm -f "$next" >/dev/null 2>&1 || :
docker run --detach --name "$next" --restart unless-stopped --network shop-backend --env-file /opt/shop/app.env \
  --publish 8083:8000 "$image" >/dev/null
until curl --silent --fail --output /dev/null http://127.0.0.1:8083/health; do sleep 0.1; done
docker rm "$live" >/dev/null 2>&1 || :
