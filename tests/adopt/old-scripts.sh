#!/bin/bash
# The world as the old bash scripts left it: their command lines, in their order, with their names, reconstructed from what
# their documents say they did. What they sent to null and went on from goes on here too.
set -eu
PROJECT_ID=codementor-dev REGION=us-central1
quiet() { gcloud "$@" --quiet >/dev/null 2>&1; }
maybe() { quiet "$@" || true; }
secret() { gcloud secrets create "$1" --data-file=- --replication-policy=automatic --project=$PROJECT_ID --quiet >/dev/null 2>&1; }

# 00-setup-project
quiet projects create $PROJECT_ID --name=CodeMentor
quiet billing projects link $PROJECT_ID --billing-account=000000-000000-000000
quiet services enable compute.googleapis.com sqladmin.googleapis.com redis.googleapis.com run.googleapis.com \
    cloudbuild.googleapis.com secretmanager.googleapis.com servicenetworking.googleapis.com vpcaccess.googleapis.com \
    logging.googleapis.com monitoring.googleapis.com cloudresourcemanager.googleapis.com storage.googleapis.com --project=$PROJECT_ID
# 01-setup-network
quiet compute networks create codementor-vpc --subnet-mode=custom --bgp-routing-mode=regional --project=$PROJECT_ID
quiet compute networks subnets create codementor-subnet --network=codementor-vpc --region=$REGION --range=10.128.0.0/20 \
    --enable-private-ip-google-access --project=$PROJECT_ID
maybe compute firewall-rules create codementor-allow-internal --network=codementor-vpc --allow=tcp,udp,icmp \
    --source-ranges=10.128.0.0/20 --project=$PROJECT_ID
maybe compute firewall-rules create codementor-allow-ssh --network=codementor-vpc --allow=tcp:22 --source-ranges=0.0.0.0/0 \
    --project=$PROJECT_ID
maybe compute addresses create google-managed-services-codementor-vpc --global --purpose=VPC_PEERING --prefix-length=16 \
    --network=codementor-vpc --project=$PROJECT_ID
maybe services vpc-peerings connect --service=servicenetworking.googleapis.com \
    --ranges=google-managed-services-codementor-vpc --network=codementor-vpc --project=$PROJECT_ID
# 02-provision-database: the password stands on the command line, and unescaped in the URL
quiet sql instances create codementor-db --database-version=POSTGRES_15 --tier=db-f1-micro --region=$REGION \
    --network=projects/$PROJECT_ID/global/networks/codementor-vpc --no-assign-ip --storage-type=SSD --storage-size=10GB \
    --storage-auto-increase --backup-start-time=03:00 --maintenance-window-day=SUN --maintenance-window-hour=4 \
    --database-flags=max_connections=100 --project=$PROJECT_ID
maybe sql databases create codementor --instance=codementor-db --project=$PROJECT_ID
DB_PASSWORD='aB/c+dEfGhIjKlMnOpQrStUvWxYz0123456789AbCdE='
printf %s "$DB_PASSWORD" | secret db-password
maybe sql users create codementor --instance=codementor-db "--password=$DB_PASSWORD" --project=$PROJECT_ID
DB_IP=$(gcloud sql instances describe codementor-db --project=$PROJECT_ID --format='value(ipAddresses[0].ipAddress)')
printf %s "postgresql://codementor:$DB_PASSWORD@$DB_IP:5432/codementor" | secret database-url
# 03-provision-redis: neither AUTH nor TLS
quiet redis instances create codementor-cache --size=1 --region=$REGION --tier=basic --redis-version=redis_7_0 \
    --network=projects/$PROJECT_ID/global/networks/codementor-vpc --project=$PROJECT_ID
REDIS_HOST=$(gcloud redis instances describe codementor-cache --region=$REGION --project=$PROJECT_ID --format='value(host)')
printf %s "redis://$REDIS_HOST:6379" | secret redis-url
# 04-setup-cloud-run: what runs is the default compute account
quiet compute networks vpc-access connectors create codementor-connector --region=$REGION --network=codementor-vpc \
    --range=10.8.0.0/28 --min-instances=2 --max-instances=3 --machine-type=f1-micro --project=$PROJECT_ID
NUMBER=$(gcloud projects describe $PROJECT_ID --format='value(projectNumber)')
for SECRET in database-url redis-url db-password; do
    maybe secrets add-iam-policy-binding $SECRET --member=serviceAccount:$NUMBER-compute@developer.gserviceaccount.com \
        --role=roles/secretmanager.secretAccessor --project=$PROJECT_ID
done
# 05-setup-ci-cd: refused where the project is too young to have this account, and nobody was told
for ROLE in run.admin iam.serviceAccountUser secretmanager.secretAccessor; do
    maybe projects add-iam-policy-binding $PROJECT_ID --member=serviceAccount:$NUMBER@cloudbuild.gserviceaccount.com --role=roles/$ROLE
done
# 06-setup-monitoring: the sink before its bucket, and a bucket that deletes
maybe logging sinks create codementor-logs-sink storage.googleapis.com/$PROJECT_ID-logs \
    '--log-filter=resource.type="cloud_run_revision"' --project=$PROJECT_ID
maybe storage buckets create gs://$PROJECT_ID-logs --location=$REGION --project=$PROJECT_ID
LIFECYCLE=$(mktemp)
echo '{"lifecycle":{"rule":[{"action":{"type":"Delete"},"condition":{"age":30}}]}}' >"$LIFECYCLE"
quiet storage buckets update gs://$PROJECT_ID-logs --lifecycle-file="$LIFECYCLE" --project=$PROJECT_ID
rm "$LIFECYCLE"
# What cloudbuild.yaml deployed
quiet run deploy codementor-backend --image=us-docker.pkg.dev/cloudrun/container/hello --region=$REGION \
    --allow-unauthenticated --vpc-connector=codementor-connector \
    --set-secrets=DATABASE_URL=database-url:latest,REDIS_URL=redis-url:latest --memory=512Mi --cpu=1 --max-instances=10 \
    --timeout=300 --concurrency=80 --project=$PROJECT_ID
